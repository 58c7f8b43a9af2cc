// Sorting, filtering, opening and playing. Without this script the page is still readable: the
// songs are in order, their scores are drawn, and a link opens a song through :target.
"use strict";
(() => {
  const root = document.documentElement;
  root.classList.add("js");
  const { axes, songs } = JSON.parse(document.getElementById("data").textContent);
  const chart = document.querySelector(".chart");
  if (!chart) return;
  const bodies = [...chart.querySelectorAll("tbody.song")];
  songs.forEach((song, k) => { song.body = bodies[k]; song.place = k; });
  const byBody = new Map(songs.map((song) => [song.body, song]));

  const clock = (seconds) => {
    const whole = Math.floor(seconds);
    const pad = (n) => String(n).padStart(2, "0");
    const minutes = Math.floor(whole / 60);
    const end = pad(whole % 60);
    return minutes < 60 ? `${minutes}:${end}` : `${Math.floor(minutes / 60)}:${pad(minutes % 60)}:${end}`;
  };

  // Sorting: a song without the number is last in both directions; equal songs keep their place.
  const heads = [...chart.querySelectorAll("th[data-sort]")];
  const collator = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
  const valueOf = (song, key) => (key in song.scores ? song.scores[key] : song[key]) ?? null;
  const compare = (key, sign) => (a, b) => {
    const x = valueOf(a, key), y = valueOf(b, key);
    if (x === null || y === null) return (x === null) - (y === null) || a.place - b.place;
    const order = key === "name" ? collator.compare(x, y) : x - y;
    return sign * order || a.place - b.place;
  };
  const sortBy = (head) => {
    const key = head.dataset.sort;
    const first = key === "name" ? "ascending" : "descending";
    const other = first === "ascending" ? "descending" : "ascending";
    const direction = head.getAttribute("aria-sort") === first ? other : first;
    heads.forEach((each) => each.removeAttribute("aria-sort"));
    head.setAttribute("aria-sort", direction);
    const order = [...songs].sort(compare(key, direction === "ascending" ? 1 : -1));
    chart.append(...order.map((song) => song.body));
  };
  for (const head of heads) {
    const button = head.querySelector("button");
    button.disabled = songs.length < 2;
    button.addEventListener("click", () => sortBy(head));
  }

  // Filtering: accents and case do not matter; the whole path is searched.
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const filter = document.getElementById("filter");
  filter?.addEventListener("input", () => {
    const wanted = plain(filter.value.trim());
    let shown = 0;
    for (const song of songs) {
      song.plain ??= plain(`${song.name}\n${song.path}`);
      const fits = song.plain.includes(wanted);
      song.body.hidden = !fits;
      shown += fits;
    }
    document.getElementById("shown").value = wanted ? `${shown} of ${songs.length}` : "";
    document.getElementById("nothing").hidden = shown > 0;
  });

  // Waveform: two bytes a slice, drawn when its song is opened for the first time.
  const svg = (name, attributes, ...children) => {
    const node = document.createElementNS("http://www.w3.org/2000/svg", name);
    for (const key in attributes) node.setAttribute(key, attributes[key]);
    node.append(...children);
    return node;
  };
  const drawWave = (song, wave) => {
    if (!song.wave) return null;
    const bytes = Int8Array.from(atob(song.wave), (c) => c.charCodeAt(0));
    const n = bytes.length / 2;
    const width = 1000 * Math.min(1, song.wave_s / song.duration);
    const at = (k) => ((k / n) * width).toFixed(1);
    let upper = "", lower = "";
    for (let k = 0; k < n; k += 1) {
      const low = Math.min(127 - bytes[k], 253.2), high = Math.max(127 - bytes[n + k], .8);
      upper += `${k ? "L" : "M"}${at(k)} ${Math.min(high, 126.2)}L${at(k + 1)} ${Math.min(high, 126.2)}`;
      lower = `L${at(k + 1)} ${Math.max(low, 127.8)}L${at(k)} ${Math.max(low, 127.8)}${lower}`;
    }
    const picture = (kind) => svg("svg", { class: kind, viewBox: "0 0 1000 254", preserveAspectRatio: "none", "aria-hidden": "true" }, svg("path", { d: `${upper}${lower}z` }));
    const played = picture("played");
    wave.append(picture("whole"), played);
    return played;
  };

  // One song plays at a time; the position exists without audio too, to read the timeline.
  let sounding = null;
  const prepare = (song) => {
    const stage = song.body.querySelector(".stage");
    const wave = stage.querySelector(".wave");
    const audio = stage.querySelector("audio");
    const play = stage.querySelector(".play");
    const head = stage.querySelector(".head");
    const time = stage.querySelector(".clock");
    const at = stage.querySelector(".at");
    const over = stage.querySelector(".over");
    const readings = [...stage.querySelectorAll(".now")];
    const played = drawWave(song, wave);
    const duration = song.duration || 1;
    let position = 0, wanted = null, frame = 0;

    const show = () => {
      const share = Math.min(position / duration, 1);
      head.style.left = `${100 * share}%`;
      if (played) played.style.clipPath = `inset(0 ${100 * (1 - share)}% 0 0)`;
      time.textContent = clock(position);
      if (readings.length) at.textContent = `at ${clock(position)}`;
      wave.setAttribute("aria-valuenow", String(Math.round(position)));
      const span = song.spans.find(([start, end]) => start <= position && position < end) ?? (share === 1 ? song.spans.at(-1) : undefined);
      const spoken = [];
      for (const reading of readings) {
        const axis = axes[Number(reading.dataset.axis)];
        const value = span?.[2][Number(reading.dataset.axis)] ?? null;
        reading.textContent = value === null ? "" : value.toFixed(axis.digits);
        if (value !== null) spoken.push(`${axis.name} ${value.toFixed(axis.digits)}`);
      }
      wave.setAttribute("aria-valuetext", [clock(position), ...spoken].join(", "));
    };
    const go = (seconds) => {
      position = Math.max(0, Math.min(seconds, duration));
      if (audio) {
        if (audio.readyState > 0) audio.currentTime = position;
        else { wanted = position; audio.preload = "auto"; audio.load(); }
      }
      show();
    };
    const follow = () => {
      position = Math.min(audio.currentTime, duration);
      show();
      frame = requestAnimationFrame(follow);
    };
    const label = (verb) => play.setAttribute("aria-label", `${verb} ${song.name}`);
    const toggle = () => {
      if (!audio) return;
      if (audio.paused) {
        audio.play().catch(() => { time.textContent = "this browser cannot play it"; });
      } else audio.pause();
    };
    if (audio) {
      audio.controls = false;
      audio.addEventListener("loadedmetadata", () => {
        if (wanted !== null) audio.currentTime = wanted;
        wanted = null;
      });
      audio.addEventListener("play", () => {
        if (sounding && sounding !== audio) sounding.pause();
        sounding = audio;
        stage.classList.add("playing");
        label("Pause");
        follow();
      });
      audio.addEventListener("pause", () => {
        cancelAnimationFrame(frame);
        stage.classList.remove("playing");
        label("Play");
      });
      play.addEventListener("click", toggle);
    }
    wave.addEventListener("keydown", (event) => {
      const steps = { ArrowLeft: -5, ArrowDown: -5, ArrowRight: 5, ArrowUp: 5, PageUp: 30, PageDown: -30, Home: -Infinity, End: Infinity };
      if (event.key in steps) go(position + steps[event.key]);
      else if (event.key === " " || event.key === "Enter") toggle();
      else return;
      event.preventDefault();
    });
    const seek = (event) => {
      const box = over.getBoundingClientRect();
      go(((event.clientX - box.left) / box.width) * duration);
    };
    for (const area of [wave, ...stage.querySelectorAll(".lane")]) {
      area.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        area.setPointerCapture(event.pointerId);
        seek(event);
      });
      area.addEventListener("pointermove", (event) => {
        if (area.hasPointerCapture(event.pointerId)) seek(event);
      });
    }
    song.stop = () => audio?.pause();
    show();
  };

  const open = (song, yes) => {
    if (yes && !song.stop) prepare(song);
    if (!yes) song.stop?.();
    song.body.classList.toggle("opened", yes);
    song.opener.setAttribute("aria-expanded", String(yes));
  };
  const isOpen = (song) => song.body.classList.contains("opened");
  for (const song of songs) {
    song.opener = song.body.querySelector(".open");
    song.opener.setAttribute("role", "button");
    song.opener.setAttribute("aria-expanded", "false");
    song.opener.setAttribute("aria-controls", song.id);
  }
  chart.addEventListener("click", (event) => {
    const line = event.target.closest(".line");
    if (!line || String(getSelection())) return;
    event.preventDefault();
    const song = byBody.get(line.parentNode);
    open(song, !isOpen(song));
  });
  chart.addEventListener("keydown", (event) => {
    if (event.key !== " " || !event.target.matches(".open")) return;
    event.preventDefault();
    event.target.click();
  });
  const linked = songs.find((song) => `#${song.id}` === location.hash);
  if (linked) open(linked, true);
})();
