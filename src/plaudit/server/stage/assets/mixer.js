// All sounds of a task in one clock: they start at the same sample, and a switch moves gains alone.
"use strict";
plaudit.Mixer = class {
  #sources = []; #gains = []; #began = 0; #from = 0; #at = 0;
  constructor(restart) {
    Object.assign(this, { restart, buffers: [], duration: 0, heard: 0, playing: false, loop: null, onended: () => {} });
  }

  async load(addresses, onProgress) {
    const parts = addresses.map(() => 0);
    // Decoding needs no permission to sound, which a browser gives at the first press only.
    const decoder = new OfflineAudioContext(2, 1, 44100);
    this.buffers = await Promise.all(addresses.map(async (address, k) => {
      const bytes = await this.#fetched(address, (part) => {
        parts[k] = part;
        onProgress(parts.reduce((sum, one) => sum + one, 0) / parts.length);
      });
      return decoder.decodeAudioData(bytes);
    }));
    this.duration = Math.min(...this.buffers.map((buffer) => buffer.duration));
  }

  async #fetched(address, onPart) {
    const reply = await fetch(address);
    if (!reply.ok) throw new Error(String(reply.status));
    const whole = Number(reply.headers.get("content-length"));
    const bytes = new Uint8Array(whole);
    const reader = reply.body.getReader();
    let n = 0;
    for (;;) {
      const { done, value } = await reader.read();
      if (done) break;
      bytes.set(value, n);
      n += value.length;
      onPart(n / whole);
    }
    if (n !== whole) throw new Error("cut off");
    return bytes.buffer;
  }

  get position() {
    if (!this.playing) return this.#at;
    const gone = this.#from + Math.max(0, this.context.currentTime - this.#began);
    if (!this.loop || gone < this.loop.end) return Math.min(gone, this.duration);
    const { begin, end } = this.loop;
    return begin + ((gone - begin) % (end - begin));
  }

  async play() {
    if (!this.context) {
      if (navigator.audioSession) navigator.audioSession.type = "playback";
      this.context = new AudioContext({ sampleRate: 44100 });
      this.#gains = this.buffers.map((_, k) => {
        const gain = this.context.createGain();
        gain.gain.value = k === this.heard ? 1 : 0;
        gain.connect(this.context.destination);
        return gain;
      });
    }
    await this.context.resume();
    const over = this.#at >= this.duration - 0.01;
    this.#start(this.restart || over ? this.loop?.begin ?? 0 : this.#at);
  }

  #start(from) {
    this.#stop();
    const { loop } = this;
    if (loop && (from < loop.begin || from >= loop.end)) from = loop.begin;
    this.#from = from;
    this.#began = this.context.currentTime + 0.02;
    this.#sources = this.buffers.map((buffer, k) => {
      const source = this.context.createBufferSource();
      source.buffer = buffer;
      if (loop) Object.assign(source, { loop: true, loopStart: loop.begin, loopEnd: loop.end });
      source.connect(this.#gains[k]);
      source.start(this.#began, from);
      return source;
    });
    this.#sources[0].onended = () => {
      this.pause();
      this.#at = this.duration;
      this.onended();
    };
    this.playing = true;
  }

  #stop() {
    for (const source of this.#sources) {
      source.onended = null;
      source.stop();
      source.disconnect();
    }
    this.#sources = [];
    this.playing = false;
  }

  pause() {
    this.#at = this.position;
    this.#stop();
  }

  seek(seconds) {
    this.#at = Math.max(0, Math.min(seconds, this.duration));
    if (this.playing) this.#start(Math.min(this.#at, this.duration - 0.01));
  }

  setLoop(loop) {
    const at = this.position;
    this.loop = loop;
    if (this.playing) this.#start(at);
  }

  hear(k) {
    this.heard = k;
    const now = this.context?.currentTime;
    this.#gains.forEach(({ gain }, other) => { // 5 ms, so that nothing clicks
      gain.cancelScheduledValues(now);
      gain.setValueAtTime(gain.value, now);
      gain.linearRampToValueAtTime(other === k ? 1 : 0, now + 0.005);
    });
    if (this.restart && this.playing) this.#start(this.loop?.begin ?? 0);
  }
};
