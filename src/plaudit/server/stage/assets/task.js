// One task: what is heard, the answer, its way to the server, and what was behind the sounds.
"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const root = $("task"), form = $("answer");
  const task = JSON.parse(root.dataset.task), words = JSON.parse(root.dataset.words);
  const onlyPlaying = root.dataset.onlyPlaying === "1";
  const state = { nonce: plaudit.draw(), ...plaudit.kept.get(task.id) };
  let open = task.gate_s <= 0, over = false, sending = false;
  const channel = "BroadcastChannel" in window ? new BroadcastChannel("plaudit-answers") : null;

  const trouble = (type) => {
    $("trouble").textContent = type ? words.fault[type] ?? words.fault.Other : "";
    $("trouble").hidden = !type;
  };
  const heard = (seconds) => {
    for (const side of task.sides) {
      const part = task.gate_s > 0 ? Math.min(1, (seconds[side.key] ?? 0) / task.gate_s) : 1;
      const button = document.querySelector(`.hear[data-key="${CSS.escape(side.key)}"]`);
      button.querySelector(".filled").style.width = `${100 * part}%`;
      button.classList.toggle("heard", part >= 1);
    }
    open ||= task.sides.every((side) => (seconds[side.key] ?? 0) >= task.gate_s);
    show();
  };

  // What is answered so far, by the kind of the task; null where something is missing.
  const ranks = $("order") && plaudit.order($("order"), words.rank.moved, () => { $("confirm").checked = false; keep(); });
  const sliders = [...form.querySelectorAll("[data-score]")];
  const answer = () => {
    const found = { nonce: state.nonce, comment: $("comment")?.value ?? "" };
    const chosen = (name) => form.querySelector(`input[name="${name}"]:checked`)?.value;
    if (task.kind === "battle") {
      found.outcome = chosen("outcome");
      found.reasons = {};
      for (const { dataset } of form.querySelectorAll("[data-reason]:checked")) (found.reasons[dataset.side] ??= []).push(dataset.reason);
      return found.outcome ? found : null;
    }
    if (task.kind === "rating") {
      const rated = [...form.querySelectorAll(".rated")].map((set) => [set.dataset.axis, set.querySelector(":checked")?.value]);
      found.ratings = Object.fromEntries(rated.map(([axis, value]) => [axis, Number(value)]));
      return rated.every(([, value]) => value) ? found : null;
    }
    if (task.kind === "mushra") {
      found.scores = Object.fromEntries(sliders.map((slider) => [slider.dataset.score, Number(slider.value)]));
      return sliders.every((slider) => slider.dataset.moved) ? found : null;
    }
    found.order = ranks.keys();
    return $("confirm").checked ? found : null;
  };
  const show = () => {
    const whole = answer() !== null;
    $("send").disabled = !open || !whole || sending || over;
    if ($("gate")) $("gate").classList.toggle("open", open);
    if ($("unmoved")) $("unmoved").hidden = sliders.every((slider) => slider.dataset.moved);
    if (!onlyPlaying || over) return;
    const now = player.sounding();
    for (const slider of sliders) slider.disabled = now !== slider.dataset.score;
    const song = task.sides.find((side) => !side.reference).key;
    for (const set of form.querySelectorAll(".rated")) set.disabled = now !== song;
  };

  // A reload finds everything as it was.
  const named = [...form.querySelectorAll("input, textarea")];
  const keep = () => {
    state.draft = { at: named.map((field) => (field.type === "radio" || field.type === "checkbox" ? field.checked : field.value)), moved: sliders.map((slider) => slider.dataset.moved ?? ""), order: ranks?.keys() };
    plaudit.kept.set(task.id, state);
    show();
  };
  const draw = (slider) => { slider.closest(".slid").querySelector("output").textContent = slider.dataset.moved ? slider.value : "–"; };
  const restore = () => {
    const { at = [], moved = [], order } = state.draft ?? {};
    named.forEach((field, k) => {
      if (at[k] === undefined) return;
      if (typeof at[k] === "boolean") field.checked = at[k];
      else field.value = at[k];
    });
    sliders.forEach((slider, k) => { if (moved[k]) slider.dataset.moved = "1"; draw(slider); });
    if (ranks && order) ranks.set(order);
  };
  form.addEventListener("input", ({ target }) => {
    if (target.matches("[data-score]")) { target.dataset.moved = "1"; draw(target); }
    keep();
  });
  // A slider that is to stay where it is, is moved by pressing it.
  for (const slider of sliders) slider.addEventListener("pointerup", () => { slider.dataset.moved = "1"; draw(slider); keep(); });

  const player = plaudit.transport(task, words, {
    restart: root.dataset.restart === "1",
    onHeard: heard,
    onTrouble: (type) => { if (!sending && !over) trouble(type); },
    onChange: () => show(),
  });

  const finish = async (conflict) => {
    over = true;
    player.reporter.end();
    plaudit.kept.drop(task.id);
    trouble("");
    for (const field of [...form.elements]) field.disabled = true;
    form.hidden = true;
    if ($("gate")) $("gate").hidden = true;
    if (conflict) $("thanks").textContent = words.reveal.conflict;
    $("reveal").hidden = false;
    $("next").focus();
    const reply = await fetch(`/v1/tasks/${task.id}/reveal`).catch(() => null);
    const sides = reply?.ok ? (await reply.json()).sides : [];
    $("reveal-title").hidden = !sides.length;
    for (const side of sides) {
      const row = document.createElement("li");
      const [letter, system, song] = ["b", "strong", "span"].map((name) => document.createElement(name));
      letter.textContent = side.label;
      system.textContent = side.system;
      song.textContent = [side.song, side.note].filter(Boolean).join(", ");
      song.className = "quiet";
      row.append(letter, system, song);
      $("revealed").append(row);
    }
  };
  const submit = async (whole) => {
    sending = true;
    player.stop();
    state.answer = whole;
    plaudit.kept.set(task.id, state);
    $("status").textContent = words.task.sending;
    trouble("");
    show();
    await player.reporter.settle();
    const refused = await plaudit.deliver(task.id, whole, () => { $("status").textContent = words.task.kept; });
    sending = false;
    $("status").textContent = "";
    if (!refused || refused === "Conflict") {
      if (!refused) channel?.postMessage(task.id);
      return finish(refused === "Conflict");
    }
    delete state.answer;
    plaudit.kept.set(task.id, state);
    trouble(refused);
    show();
  };
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const whole = answer();
    if (open && whole && !sending && !over) submit(whole);
  });
  if (channel) channel.onmessage = ({ data }) => { if (data === task.id && !over && !sending) { player.stop(); finish(true); } };
  addEventListener("pageshow", (event) => { if (event.persisted) location.reload(); });

  restore();
  show();
  plaudit.deliverRest(task.id);
  player.load();
  if (state.answer) submit(state.answer); // a reload in the middle of sending
})();
