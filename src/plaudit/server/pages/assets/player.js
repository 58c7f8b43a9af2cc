// One song heard and seen: wavesurfer draws the peaks that the server made, and a line goes along the
// timeline of scores. Without this script the browser's own player stands here.
"use strict";
(() => {
  const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  const colours = () => ({ waveColor: colour("--hair"), progressColor: colour("--ink") });

  // The outline is made when it is first asked for: 202 until then.
  const outlineOf = async (song) => {
    for (;;) {
      const answer = await fetch(`/v1/songs/${song}/outline`);
      if (answer.status === 200) return answer.json();
      if (answer.status !== 202) throw new Error(plaudit.messageOf(await answer.text()));
      await new Promise((done) => setTimeout(done, 500));
    }
  };

  /** Draw a song into a box around its audio element; returns its outline, null where it has none. */
  const draw = async (box, audio, song, height) => {
    const said = box.querySelector(".wave-said");
    try {
      const outline = await outlineOf(song);
      if (audio.networkState === HTMLMediaElement.NETWORK_NO_SOURCE) audio.load(); // the MP3 is there now
      if (audio.readyState === 0) await new Promise((done) => { audio.addEventListener("loadedmetadata", done, { once: true }); audio.addEventListener("error", done, { once: true, capture: true }); });
      said.remove();
      const nonce = document.querySelector('meta[name="style-nonce"]').content;
      const wave = WaveSurfer.create({ container: box, media: audio, peaks: [outline.high, outline.low.map((x) => -x)], duration: outline.duration_s, height, cursorWidth: 0, interact: false, cspNonce: nonce, ...colours() });
      matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => wave.setOptions(colours()));
      return outline;
    } catch (error) {
      said.textContent = error.message;
      return null;
    }
  };
  window.plaudit.draw = draw;

  const prepare = (stage) => {
    const audio = stage.querySelector("audio");
    const [play, wave, head, time, over] = [".play", ".wave", ".head", ".clock", ".over"].map((name) => stage.querySelector(name));
    const readings = [...stage.querySelectorAll(".now")];
    const spans = JSON.parse(stage.dataset.spans ?? "[]");
    const length = () => Number(stage.dataset.duration) || audio.duration || 1;
    const show = () => {
      const position = audio.currentTime;
      const span = spans.find(([start, end]) => start <= position && position < end);
      head.style.left = `${100 * Math.min(position / length(), 1)}%`;
      time.textContent = plaudit.clock(position);
      readings.forEach((reading, k) => { reading.textContent = span ? span[2][k] : ""; });
      wave.setAttribute("aria-valuenow", String(Math.round(position)));
      wave.setAttribute("aria-valuetext", plaudit.clock(position));
    };
    const go = (seconds) => { audio.currentTime = Math.max(0, Math.min(seconds, length())); show(); };
    const toggle = () => {
      if (audio.paused) audio.play().catch(() => plaudit.trouble("This browser cannot play the song yet; its MP3 is being made."));
      else audio.pause();
    };
    const follow = () => { show(); if (!audio.paused) requestAnimationFrame(follow); };
    audio.controls = false;
    audio.addEventListener("play", () => { stage.classList.add("playing"); play.setAttribute("aria-label", "Pause"); follow(); });
    audio.addEventListener("pause", () => { stage.classList.remove("playing"); play.setAttribute("aria-label", "Play"); });
    audio.addEventListener("seeked", show);
    play.addEventListener("click", toggle);
    play.disabled = false; // a click before was lost
    wave.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageUp: 30, PageDown: -30, Home: -Infinity, End: Infinity };
      if (event.key in steps) go(audio.currentTime + steps[event.key]);
      else if (event.key === " " || event.key === "Enter") toggle();
      else return;
      event.preventDefault();
    });
    const seek = (event) => {
      const box = over.getBoundingClientRect();
      go(((event.clientX - box.left) / box.width) * length());
    };
    for (const area of [wave, ...stage.querySelectorAll(".lane")]) {
      area.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        area.setPointerCapture(event.pointerId);
        seek(event);
      });
      area.addEventListener("pointermove", (event) => { if (area.hasPointerCapture(event.pointerId)) seek(event); });
    }
    draw(wave, audio, stage.dataset.song, 92);
    show();
  };
  for (const stage of document.querySelectorAll(".stage[data-song]")) prepare(stage);
})();
