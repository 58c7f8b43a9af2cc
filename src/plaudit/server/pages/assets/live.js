// Progress as it happens: a stream of events for each job that runs; its panel is drawn again by the
// server, and the list of songs when one more has been judged.
"use strict";
(() => {
  const work = document.getElementById("work");
  const place = (id) => work.querySelector(`[data-job="${CSS.escape(id)}"]`);
  const say = (sentence) => { document.getElementById("work-status").textContent = sentence; };

  const redraw = async (id) => {
    const before = Number(place(id).dataset.n);
    await htmx.ajax("GET", `/jobs/${id}`, { target: place(id), swap: "outerHTML" });
    const { n, ended, sentence } = place(id).dataset;
    if (Number(n) !== before || ended === "1") {
      say(sentence);
      htmx.trigger(document.body, "judged");
    }
    return ended === "1";
  };

  const watch = (id) => {
    let busy = false, due = false, over = false;
    const stream = new EventSource(`/v1/jobs/${id}/events`);
    const draw = async () => {
      if (over) return;
      if (busy) { due = true; return; }
      busy = true;
      try { over = await redraw(id); } catch { /* shown by htmx:sendError; the next event tries again */ }
      if (over) stream.close();
      // A long job is drawn less often: a reader cannot follow, and the server judges meanwhile.
      const pause = Number(place(id).dataset.songs) > 50 ? 3000 : 700;
      setTimeout(() => { busy = false; if (due) { due = false; draw(); } }, pause);
    };
    stream.addEventListener("job", draw);
    stream.addEventListener("open", () => plaudit.trouble(""));
    stream.addEventListener("error", () => {
      if (over) return;
      if (stream.readyState === EventSource.CLOSED) { // refused: ask now and then instead
        const timer = setInterval(async () => { await draw(); if (over) clearInterval(timer); }, 3000);
      } else plaudit.trouble("The server does not answer; trying again. What it has judged is kept.");
    });
  };

  for (const job of work.querySelectorAll('[data-ended="0"]')) watch(job.dataset.job);
  window.plaudit.watch = async (id) => {
    work.closest("section").hidden = false;
    await htmx.ajax("GET", `/jobs/${id}`, { target: work, swap: "afterbegin" });
    watch(id);
  };
})();
