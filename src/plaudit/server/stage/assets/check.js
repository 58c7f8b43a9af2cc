// The level, left and right, and headphones: an antiphase tone, which loudspeakers cancel in the air,
// sounds quietest over loudspeakers but not over headphones (Woods et al. 2017, Attention, Perception
// & Psychophysics 79). Sent is only whether the quietest tone was named at the last try.
"use strict";
document.documentElement.classList.add("js");
(() => {
  const $ = (id) => document.getElementById(id);
  const words = JSON.parse($("check").dataset.words);
  let context, level = null, right = 0, ear = "", quiet = -1, phones = false;
  const draw = (n) => crypto.getRandomValues(new Uint32Array(1))[0] % n;
  const fill = (sentence, n) => sentence.replace("{n}", n);
  const opened = async () => {
    if (navigator.audioSession) navigator.audioSession.type = "playback";
    context ??= new AudioContext({ sampleRate: 44100 });
    await context.resume();
    return context;
  };
  const buffer = (seconds, sample) => {
    const n = Math.round(seconds * 44100), made = context.createBuffer(2, n, 44100);
    for (const side of [0, 1]) {
      const out = made.getChannelData(side);
      for (let k = 0; k < n; k++) out[k] = sample(k / 44100, side);
    }
    return made;
  };
  const sound = (made, loop = false) => {
    const source = context.createBufferSource();
    source.buffer = made;
    source.loop = loop;
    source.connect(context.destination);
    source.start();
    return source;
  };
  const edges = (t, length) => Math.min(1, t / 0.1, (length - t) / 0.1);

  $("play-level").addEventListener("click", async ({ currentTarget }) => {
    if (level) { level.stop(); level = null; }
    else {
      await opened();
      // Noise that falls by about 3 dB an octave, at the loudness of the songs; 0.2704 makes -20 LUFS.
      const size = 0.2704 * 10 ** ((Number($("check").dataset.lufs) + 20) / 20);
      const slow = [0, 0, 0];
      level = sound(buffer(4, (t, side) => {
        if (side) return slow[2];
        const white = 2 * Math.random() - 1;
        slow[0] = 0.997 * slow[0] + 0.03 * white;
        slow[1] = 0.963 * slow[1] + 0.075 * white;
        return (slow[2] = size * (slow[0] + slow[1] + 0.1 * white));
      }), true);
      level.buffer.copyToChannel(level.buffer.getChannelData(0), 1);
    }
    currentTarget.setAttribute("aria-pressed", String(level !== null));
    currentTarget.textContent = level ? words.stop : words.play;
  });

  const ears = [...document.querySelectorAll("[data-ear]")];
  $("play-side").addEventListener("click", async () => {
    await opened();
    ear = ["left", "right"][draw(2)];
    sound(buffer(0.8, (t, side) => (side === (ear === "left" ? 0 : 1) ? 0.2 * edges(t, 0.8) * Math.sin(2 * Math.PI * 440 * t) : 0)));
    for (const button of ears) button.disabled = false;
  });
  for (const button of ears) button.addEventListener("click", () => {
    const status = $("side-status");
    if (button.dataset.ear === ear) {
      right += 1;
      status.textContent = fill(words.right_answer, Math.min(right, 3));
    } else {
      right = 0;
      status.textContent = button.dataset.ear === "middle" ? words.one_sound : words.wrong_answer;
    }
    status.classList.toggle("good", right > 0);
    for (const other of ears) other.disabled = true;
    $("play-side").focus();
    settle();
  });

  const tones = [...document.querySelectorAll("[data-tone]")];
  $("play-tones").addEventListener("click", async () => {
    await opened();
    quiet = draw(3);
    const against = (quiet + 1 + draw(2)) % 3;
    sound(buffer(4, (t, side) => {
      const which = Math.floor(t / 1.4), at = t - 1.4 * which;
      if (which > 2 || at > 1) return 0;
      const size = (which === quiet ? 0.1 : 0.2) * edges(at, 1) * Math.sin(2 * Math.PI * 200 * at);
      return which === against && side ? -size : size;
    }));
    for (const button of tones) button.disabled = false;
  });
  for (const button of tones) button.addEventListener("click", () => {
    phones = Number(button.dataset.tone) === quiet;
    $("headphones").value = phones ? "right" : "wrong";
    $("tones-status").textContent = phones ? words.phones_right : words.phones_wrong;
    $("tones-status").classList.toggle("good", phones);
    for (const other of tones) other.disabled = true;
    $("play-tones").focus();
    settle();
  });
  const settle = () => {
    const fine = right >= 3 && phones;
    $("fine").hidden = !fine;
    $("without").hidden = fine;
  };
  for (const id of ["play-level", "play-side", "play-tones"]) $(id).disabled = false; // a click before was lost
})();
