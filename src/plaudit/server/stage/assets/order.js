// A list put in order by dragging, by buttons and by arrow keys.
"use strict";
plaudit.order = (list, sentence, onChange) => {
  const status = document.getElementById("moved");
  const rows = () => [...list.children];
  const settle = (row) => {
    rows().forEach((one, k, all) => {
      one.querySelector('[data-by="-1"]').disabled = k === 0;
      one.querySelector('[data-by="1"]').disabled = k === all.length - 1;
    });
    if (row) {
      status.textContent = plaudit.fill(sentence, { label: row.dataset.label, n: rows().indexOf(row) + 1 });
      onChange();
    }
  };
  const move = (row, by) => {
    const all = rows(), to = all.indexOf(row) + by;
    if (to < 0 || to >= all.length) return;
    if (by < 0) all[to].before(row);
    else all[to].after(row);
    settle(row);
  };
  list.addEventListener("click", ({ target }) => {
    const button = target.closest(".move");
    if (!button) return;
    const row = button.closest("li");
    move(row, Number(button.dataset.by));
    const again = button.disabled ? row.querySelector(".move:not(:disabled)") : button;
    again?.focus();
  });
  list.addEventListener("keydown", (press) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[press.key];
    if (!by) return;
    press.preventDefault();
    const focused = document.activeElement;
    move(press.target.closest("li"), by);
    (focused.disabled ? focused.closest("li").querySelector(".move:not(:disabled)") : focused).focus();
  });
  list.addEventListener("pointerdown", (down) => {
    const row = down.target.closest("li");
    if (!row || !down.target.closest(".grip")) return;
    down.preventDefault();
    row.classList.add("dragged");
    list.setPointerCapture(down.pointerId);
    const drag = ({ clientY }) => {
      const other = rows().find((one) => {
        const box = one.getBoundingClientRect();
        return one !== row && clientY > box.top && clientY < box.bottom;
      });
      if (!other) return;
      const all = rows();
      if (all.indexOf(other) < all.indexOf(row)) other.before(row);
      else other.after(row);
    };
    const drop = () => {
      row.classList.remove("dragged");
      list.removeEventListener("pointermove", drag);
      list.removeEventListener("pointerup", drop);
      list.removeEventListener("pointercancel", drop);
      settle(row);
    };
    list.addEventListener("pointermove", drag);
    list.addEventListener("pointerup", drop);
    list.addEventListener("pointercancel", drop);
  });
  settle(null);
  return {
    keys: () => rows().map((row) => row.dataset.key),
    set: (keys) => {
      for (const key of keys) { const row = rows().find((one) => one.dataset.key === key); if (row) list.append(row); }
      settle(null);
    },
  };
};
