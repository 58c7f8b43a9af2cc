// Songs dropped or chosen are sent at once, with their progress; a folder gives what sounds in it.
"use strict";
(() => {
  const form = document.getElementById("upload");
  const notice = document.getElementById("sending-status");
  const sending = form.querySelector(".sending");
  const bar = sending.querySelector("progress");
  const stop = document.getElementById("stop-sending");
  const most = Number(form.dataset.most), megabytes = Number(form.dataset.mb);
  let request = null;

  const sounds = (file) => !file.name.startsWith(".") && (file.type.startsWith("audio/") || /\.(wav|flac|mp3|ogg|oga|opus|m4a|aac|aiff?|webm|wma)$/i.test(file.name));
  const say = (sentence, wrong = false) => {
    sending.hidden = false;
    notice.textContent = sentence;
    sending.classList.toggle("wrong", wrong);
    bar.hidden = stop.hidden = request === null;
  };
  const songs = (n) => (n === 1 ? "1 song" : `${n} songs`);

  const send = (files) => {
    if (request) return say("Songs are still being sent; wait for them, or stop them.", true);
    if (!files.length) return say("There is no song in it.", true);
    if (files.length > most) return say(`At most ${most} songs can be sent at once; these are ${files.length}.`, true);
    const big = files.find((file) => file.size > megabytes * 1e6);
    if (big) return say(`${big.name} has more than the ${megabytes} MB that a song may have.`, true);
    const body = new FormData(form);
    body.delete("files");
    for (const file of files) body.append("files", file, file.name);
    request = new XMLHttpRequest();
    request.open("POST", "/v1/score");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (100 * loaded) / total;
      say(loaded < total ? `Sending ${songs(files.length)}: ${Math.floor(bar.value)} %` : `Sent ${songs(files.length)}; the server takes them in.`);
    });
    request.addEventListener("load", () => {
      const { status, responseText } = request;
      request = null;
      if (status !== 202) return say(plaudit.messageOf(responseText), true);
      sending.hidden = true;
      plaudit.watch(JSON.parse(responseText).id);
    });
    request.addEventListener("error", () => { request = null; say("The server does not answer, so nothing was sent. Is it still running?", true); });
    request.addEventListener("abort", () => { request = null; say("Stopped; nothing was sent."); });
    bar.value = 0;
    request.send(body);
    say(`Sending ${songs(files.length)}: 0 %`);
  };

  for (const input of form.querySelectorAll("#files, #folder")) {
    input.addEventListener("change", () => {
      const files = [...input.files];
      send(input.webkitdirectory ? files.filter(sounds) : files);
      input.value = "";
    });
  }
  stop.addEventListener("click", () => request?.abort());

  // A folder that is dropped is walked through; readEntries gives a hundred at a time.
  const entries = async (reader) => {
    const part = await new Promise((done, fail) => reader.readEntries(done, fail));
    return part.length ? [...part, ...(await entries(reader))] : [];
  };
  const walk = async (entry) => {
    if (entry.isFile) return [await new Promise((done, fail) => entry.file(done, fail))].filter(sounds);
    const inside = await Promise.all((await entries(entry.createReader())).map(walk));
    return inside.flat();
  };
  let depth = 0;
  const over = (by) => { depth = Math.max(0, depth + by); form.classList.toggle("over", depth > 0); };
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  addEventListener("dragenter", (event) => { if (hasFiles(event)) over(1); });
  addEventListener("dragleave", (event) => { if (hasFiles(event)) over(-1); });
  addEventListener("dragover", (event) => { if (hasFiles(event)) event.preventDefault(); });
  addEventListener("drop", async (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    over(-depth);
    const items = [...event.dataTransfer.items].filter((item) => item.kind === "file");
    const found = await Promise.all(items.map((item) => {
      const entry = item.webkitGetAsEntry?.();
      return entry?.isDirectory ? walk(entry) : [item.getAsFile()];
    }));
    send(found.flat());
  });
})();
