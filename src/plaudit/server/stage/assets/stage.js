// What a task says to the server, so that nothing is lost and nothing is sent twice: an answer stays
// in the page, with the nonce it was first sent with, until the server has acknowledged it.
"use strict";
document.documentElement.classList.add("js");
window.plaudit = (() => {
  const PREFIX = "plaudit:";
  const memory = new Map(); // where the browser keeps nothing for us
  const kept = {
    get(id) {
      try { return JSON.parse(sessionStorage.getItem(PREFIX + id)) ?? {}; } catch { return memory.get(id) ?? {}; }
    },
    set(id, value) {
      memory.set(id, value);
      try { sessionStorage.setItem(PREFIX + id, JSON.stringify(value)); } catch { /* memory has it */ }
    },
    drop(id) {
      memory.delete(id);
      try { sessionStorage.removeItem(PREFIX + id); } catch { /* as above */ }
    },
    ids() {
      try { return Object.keys(sessionStorage).filter((key) => key.startsWith(PREFIX)).map((key) => key.slice(PREFIX.length)); } catch { return []; }
    },
  };
  const draw = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const sleep = (ms) => new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    addEventListener("online", () => { clearTimeout(timer); resolve(); }, { once: true });
  });
  const send = (address, body, keepalive = false) => fetch(address, {
    method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body), keepalive,
  });
  const typeOf = async (reply) => { try { return (await reply.json()).error.type; } catch { return "Other"; } };
  const passing = (status) => status >= 500 || status === 429 || status === 408;

  // Sends an answer until it is acknowledged or refused; returns "" or the type of the refusal.
  const deliver = async (id, answer, onWait) => {
    for (let wait = 500; ; wait = Math.min(2 * wait, 8000)) {
      const reply = await send(`/v1/tasks/${id}/answer`, answer).catch(() => null);
      if (reply && !passing(reply.status)) {
        if (reply.ok) kept.drop(id);
        return reply.ok ? "" : typeOf(reply);
      }
      onWait();
      await sleep(wait);
    }
  };
  // Answers of earlier tasks whose acknowledgement this tab never saw.
  const deliverRest = (but) => {
    for (const id of kept.ids()) {
      const { answer } = kept.get(id);
      if (id === but) continue;
      if (answer) deliver(id, answer, () => {}).then((refused) => { if (refused) kept.drop(id); });
      else kept.drop(id);
    }
  };

  // Tells the server what the player did, in order, a message at a time.
  class Reporter {
    constructor(id, onHeard, onTrouble) {
      Object.assign(this, { id, onHeard, onTrouble, queue: [], busy: false, over: false });
    }
    say(event) {
      if (this.over) return;
      if (event) this.queue = [...this.queue, event].slice(-200);
      this.flush();
    }
    async flush() {
      if (this.busy || this.over) return;
      this.busy = true;
      const events = this.queue;
      this.queue = [];
      const reply = await send(`/v1/tasks/${this.id}/events`, { events }).catch(() => null);
      this.busy = false;
      if (this.over) return;
      if (reply?.ok) {
        this.onTrouble("");
        this.onHeard((await reply.json()).seconds);
      } else if (!reply || passing(reply.status)) {
        this.queue = [...events, ...this.queue].slice(-200);
        this.onTrouble("NoAnswer");
        await sleep(1000);
      } else {
        this.over = true;
        return this.onTrouble(await typeOf(reply));
      }
      if (this.queue.length) this.flush();
    }
    leave(event) { // the page goes: nothing may be waited for
      if (!this.over && event) send(`/v1/tasks/${this.id}/events`, { events: [...this.queue, event].slice(-200) }, true).catch(() => {});
    }
    async settle() { // before an answer: what was heard has to be there first, but not for long
      const until = performance.now() + 3000;
      while ((this.busy || this.queue.length) && performance.now() < until) await sleep(20);
    }
    end() { this.over = true; }
  }

  const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, "0")}`;
  const fill = (sentence, values) => sentence.replace(/{(\w+)}/g, (_, name) => values[name]);
  return { kept, draw, deliver, deliverRest, Reporter, clock, fill };
})();
