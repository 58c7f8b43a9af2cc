// A song played from a list, one at a time: the file as it was sent, else its MP3.
"use strict";
(() => {
  const audio = new Audio();
  let button = null;
  const show = () => {
    for (const other of document.querySelectorAll(".listen")) {
      const on = other.dataset.song === button?.dataset.song && !audio.paused;
      other.setAttribute("aria-pressed", String(on));
      other.classList.toggle("playing", on);
    }
  };
  const play = (address) => { audio.src = address; return audio.play(); };
  document.addEventListener("click", async ({ target }) => {
    const pressed = target.closest(".listen");
    if (!pressed) return;
    const song = pressed.dataset.song;
    const same = song === button?.dataset.song;
    button = pressed;
    if (same && !audio.paused) return audio.pause();
    try {
      if (same) await audio.play();
      else await play(`/v1/songs/${song}/audio`).catch(() => play(`/v1/songs/${song}/preview`));
    } catch { plaudit.trouble("This browser cannot play the song; open its page, where an MP3 is made."); }
  });
  for (const kind of ["play", "pause", "ended"]) audio.addEventListener(kind, show);
  document.addEventListener("htmx:afterSwap", show); // a list that is drawn again has new buttons
})();
