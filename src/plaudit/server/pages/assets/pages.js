// On every page: songs that are chosen stay chosen when a list is drawn again, what goes wrong is
// said, and a deed that cannot be undone asks first. Without this script pages work by links and forms.
"use strict";
document.documentElement.classList.add("js");
(() => {
  const chosen = new Set();
  const boxes = () => [...document.querySelectorAll('.choosing input[name="song"]')];
  const show = () => {
    const n = chosen.size;
    for (const bar of document.querySelectorAll(".chosen")) {
      bar.classList.toggle("some", n > 0);
      bar.querySelector(".n-chosen").textContent = n ? `${n} chosen` : "Choose songs";
      bar.querySelector(".for-two").disabled = n !== 2;
      bar.querySelector(".for-more").disabled = n < 2;
      for (const button of bar.querySelectorAll(".for-any")) button.disabled = n < 1;
    }
  };
  const again = () => {
    const here = new Set(boxes().map((box) => box.value));
    for (const song of chosen) if (!here.has(song)) chosen.delete(song);
    for (const box of boxes()) {
      if (box.checked) chosen.add(box.value);
      box.checked = chosen.has(box.value);
    }
    show();
  };
  document.addEventListener("change", ({ target }) => {
    if (!target.matches?.('.choosing input[name="song"]')) return;
    if (target.checked) chosen.add(target.value);
    else chosen.delete(target.value);
    show();
  });
  document.addEventListener("submit", (event) => {
    const ask = event.target.dataset?.ask;
    if (ask && !confirm(ask)) event.preventDefault();
  });

  const trouble = (sentence) => {
    const place = document.getElementById("trouble");
    place.textContent = sentence;
    place.hidden = !sentence;
  };
  const messageOf = (text) => {
    try { return JSON.parse(text).error.message; } catch { return "The server cannot do that now."; }
  };
  document.addEventListener("htmx:responseError", ({ detail }) => trouble(messageOf(detail.xhr.responseText)));
  document.addEventListener("htmx:sendError", () => trouble("The server does not answer. Is it still running?"));
  document.addEventListener("htmx:afterRequest", ({ detail }) => { if (detail.successful) trouble(""); });
  document.addEventListener("htmx:afterSwap", again);
  addEventListener("pageshow", again);
  again();

  window.plaudit = {
    trouble,
    messageOf,
    clock(seconds) {
      const whole = Math.floor(seconds);
      const pad = (n) => String(n).padStart(2, "0");
      const minutes = Math.floor(whole / 60);
      return minutes < 60 ? `${minutes}:${pad(whole % 60)}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${pad(whole % 60)}`;
    },
  };
})();
