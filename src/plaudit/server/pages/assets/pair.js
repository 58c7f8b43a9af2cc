// Two songs, one position, one loudness: a switch changes which is heard, and the place stays.
"use strict";
(() => {
  const pair = document.getElementById("pair");
  const sides = [...pair.querySelectorAll(".side")].map((box) => ({ box, audio: box.querySelector("audio"), wave: box.querySelector(".wave") }));
  const play = pair.querySelector(".play");
  const time = pair.querySelector(".clock");
  const buttons = [...pair.querySelectorAll(".switch button")];
  let heard = 0, position = 0;

  const length = (side) => Number(side.box.dataset.duration) || side.audio.duration || 1;
  const show = () => {
    const { audio } = sides[heard];
    position = audio.currentTime;
    time.textContent = plaudit.clock(position);
    for (const { wave } of sides) {
      wave.setAttribute("aria-valuenow", String(Math.round(position)));
      wave.setAttribute("aria-valuetext", plaudit.clock(position));
    }
    pair.classList.toggle("playing", !audio.paused);
    play.setAttribute("aria-label", audio.paused ? "Play" : "Pause");
  };
  const follow = () => { show(); if (!sides[heard].audio.paused) requestAnimationFrame(follow); };
  const go = (seconds) => {
    for (const side of sides) side.audio.currentTime = Math.max(0, Math.min(seconds, length(side) - 0.05));
    show();
  };
  const toggle = () => {
    const { audio } = sides[heard];
    if (audio.paused) audio.play().catch(() => plaudit.trouble("This browser cannot play the song yet; its MP3 is being made."));
    else audio.pause();
  };
  const hear = async (side) => {
    if (side === heard) return;
    const { audio } = sides[heard], other = sides[side].audio;
    const sounding = !audio.paused, at = audio.currentTime;
    audio.pause();
    heard = side;
    other.currentTime = Math.min(at, length(sides[side]) - 0.05);
    buttons.forEach((button, k) => button.setAttribute("aria-pressed", String(k === side)));
    sides.forEach(({ box }, k) => box.classList.toggle("heard", k === side));
    if (sounding) await other.play();
    show();
  };

  sides.forEach((side, k) => {
    side.audio.controls = false;
    side.audio.addEventListener("play", follow);
    for (const kind of ["pause", "seeked", "ended"]) side.audio.addEventListener(kind, () => { if (k === heard) show(); });
    side.wave.addEventListener("pointerdown", (event) => {
      const box = side.wave.getBoundingClientRect();
      go(((event.clientX - box.left) / box.width) * length(side));
    });
    side.wave.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageUp: 30, PageDown: -30, Home: -Infinity, End: Infinity };
      if (event.key in steps) go(position + steps[event.key]);
      else if (event.key === " " || event.key === "Enter") toggle();
      else return;
      event.preventDefault();
    });
  });
  play.addEventListener("click", toggle);
  buttons.forEach((button, k) => button.addEventListener("click", () => hear(k)));
  for (const button of [play, ...buttons]) button.disabled = false; // a click before was lost
  sides[0].box.classList.add("heard");

  // What is louder is liked better, so the louder one is turned down.
  Promise.all(sides.map(({ box, audio, wave }) => plaudit.draw(wave, audio, box.dataset.song, 72))).then((outlines) => {
    const levels = outlines.map((outline) => outline?.loudness_lufs ?? null);
    const said = document.getElementById("loudness");
    if (levels.includes(null)) { said.textContent = "The loudness of a song is unknown, so both play as they are."; return; }
    const lowest = Math.min(...levels);
    sides.forEach(({ box, audio }, k) => {
      const gain = lowest - levels[k];
      audio.volume = 10 ** (gain / 20);
      box.querySelector(".gain").textContent = gain ? `turned down by ${(-gain).toFixed(1)} dB` : "as it is";
    });
    said.textContent = `Both at ${lowest.toFixed(1)} LUFS.`;
  });
  show();
})();
