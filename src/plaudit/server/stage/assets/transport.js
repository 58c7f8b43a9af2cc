// Buttons, keys and the line of a player; every press is told to the server, and half a second of sound.
"use strict";
plaudit.transport = (task, words, { restart, onHeard, onTrouble, onChange }) => {
  const $ = (id) => document.getElementById(id);
  const mixer = new plaudit.Mixer(restart);
  const reporter = new plaudit.Reporter(task.id, onHeard, onTrouble);
  const keys = task.sides.map((side) => side.key);
  const buttons = keys.map((key) => document.querySelector(`.hear[data-key="${CSS.escape(key)}"]`));
  const [play, line, time] = [$("play"), $("position"), $("clock")];
  let dragging = false, ready = false;
  const others = "BroadcastChannel" in window ? new BroadcastChannel("plaudit-player") : null;

  const event = (kind) => ({ key: keys[mixer.heard], kind, position_s: mixer.position, at_ms: performance.timeOrigin + performance.now() });
  const report = (kind) => reporter.say(event(kind));
  const draw = () => {
    const at = mixer.position;
    if (!dragging) line.value = at;
    time.textContent = `${plaudit.clock(dragging ? Number(line.value) : at)} / ${plaudit.clock(mixer.duration)}`;
    line.setAttribute("aria-valuetext", plaudit.clock(at));
  };
  const show = () => {
    draw();
    play.classList.toggle("playing", mixer.playing);
    play.setAttribute("aria-label", mixer.playing ? words.task.pause : words.task.play);
    buttons.forEach((button, k) => {
      button.setAttribute("aria-pressed", String(k === mixer.heard));
      button.classList.toggle("playing", mixer.playing && k === mixer.heard);
    });
    onChange();
  };
  const follow = () => { draw(); if (mixer.playing) requestAnimationFrame(follow); };

  const start = async () => {
    if (!ready || mixer.playing) return;
    const again = mixer.position > 0.05 && restart;
    others?.postMessage("play");
    await mixer.play();
    if (again) report("restart");
    report("play");
    show();
    follow();
  };
  const stop = (kind = "pause") => {
    if (!mixer.playing) return;
    const last = event(kind);
    mixer.pause();
    reporter.say(last);
    show();
  };
  const hear = (k) => {
    if (!ready || k === mixer.heard) return;
    mixer.hear(k);
    report("switch");
    show();
  };
  const seek = (seconds) => {
    if (!ready) return;
    mixer.seek(seconds);
    report("seek");
    show();
  };
  mixer.onended = () => { report("ended"); show(); };
  setInterval(() => { if (mixer.playing) report("tick"); }, 500);

  play.addEventListener("click", () => (mixer.playing ? stop() : start()));
  buttons.forEach((button, k) => button.addEventListener("click", () => {
    if (k === mixer.heard && mixer.playing) return stop();
    hear(k);
    start();
  }));
  line.addEventListener("input", () => { dragging = true; draw(); });
  line.addEventListener("change", () => { dragging = false; seek(Number(line.value)); });

  // The loop of a MUSHRA page.
  const loop = { begin: 0, end: 0 };
  const setLoop = (begin, end) => {
    const whole = end - begin >= mixer.duration - 0.01;
    if (end - begin < 0.2) return;
    Object.assign(loop, { begin, end });
    mixer.setLoop(whole ? null : { begin, end });
    const region = $("region");
    region.hidden = whole;
    region.style.left = `${100 * begin / mixer.duration}%`;
    region.style.width = `${100 * (end - begin) / mixer.duration}%`;
    $("loop-status").textContent = whole ? "" : plaudit.fill(words.loop.region, { begin: plaudit.clock(begin), end: plaudit.clock(end) });
    if (mixer.playing) report("seek");
  };
  if ($("loop-begin")) {
    $("loop-begin").addEventListener("click", () => setLoop(Math.min(mixer.position, loop.end - 0.2), loop.end));
    $("loop-end").addEventListener("click", () => setLoop(loop.begin, Math.max(mixer.position, loop.begin + 0.2)));
    $("loop-off").addEventListener("click", () => setLoop(0, mixer.duration));
  }

  const shown = task.sides.map((side, k) => ({ side, k })).filter(({ side }) => !side.reference);
  document.addEventListener("keydown", (press) => {
    const { target, key } = press;
    if (press.ctrlKey || press.metaKey || press.altKey || target.matches("textarea, [type='text']")) return;
    const slides = target.matches("input") && target !== line;
    const letter = shown.find(({ side }) => side.label.toLowerCase() === key.toLowerCase());
    if (key === " " && !target.matches("button, summary, a, input:not([type='range'])")) { if (mixer.playing) stop(); else start(); }
    else if (letter) { hear(letter.k); start(); }
    else if (/^[1-9]$/.test(key) && shown[key - 1]) { hear(shown[key - 1].k); start(); }
    else if ((key === "0" || key.toLowerCase() === "r") && shown.length < task.sides.length) { hear(task.sides.findIndex((side) => side.reference)); start(); }
    else if (key === "[" && $("loop-begin")) $("loop-begin").click();
    else if (key === "]" && $("loop-end")) $("loop-end").click();
    else if ((key === "ArrowLeft" || key === "ArrowRight") && !slides && !press.defaultPrevented) seek(mixer.position + (key === "ArrowLeft" ? -5 : 5));
    else return;
    press.preventDefault();
  });
  if (others) others.onmessage = ({ data }) => { if (data === "play") stop(); };
  addEventListener("pagehide", () => { if (mixer.playing) { reporter.leave(event("pause")); mixer.pause(); } });

  const load = async () => {
    const status = $("loaded");
    try {
      await mixer.load(keys.map((key) => `/t/${task.id}/${key}.wav`), (part) => {
        status.textContent = plaudit.fill(words.task.loading, { n: Math.round(100 * part) });
      });
    } catch {
      status.textContent = "";
      return onTrouble("NoSound");
    }
    ready = true;
    status.textContent = words.task.ready;
    line.max = mixer.duration;
    line.step = 0.1;
    loop.end = mixer.duration;
    for (const control of [play, line, ...buttons, $("loop-begin"), $("loop-end"), $("loop-off")]) if (control) control.disabled = false;
    show();
    reporter.say(null); // how much was heard before a reload
  };
  return { load, stop, reporter, sounding: () => (mixer.playing ? keys[mixer.heard] : null) };
};
