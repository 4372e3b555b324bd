// Plays samples from a queue, sample after sample, and tells how many were heard.

/** Quanta of 128 samples between two reports: about 20 ms. */
const QUANTA_PER_REPORT = 4;

class Player extends AudioWorkletProcessor {
  #queue = [];
  #at = 0; // in the queue's first chunk
  #played = 0;
  #gaps = 0; // times that the queue ran empty in the middle of the speech
  #complete = false;
  #quanta = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }) => {
      if (data) this.#queue.push(data);
      else this.#complete = true;
    };
  }

  process(_inputs, [[output]]) {
    let filled = 0;
    while (filled < output.length && this.#queue.length) {
      const part = this.#queue[0].subarray(this.#at, this.#at + output.length - filled);
      output.set(part, filled);
      filled += part.length;
      this.#at += part.length;
      if (this.#at < this.#queue[0].length) continue;
      this.#queue.shift();
      this.#at = 0;
      if (!this.#queue.length && !this.#complete) this.#gaps += 1;
    }
    this.#played += filled;
    const ended = this.#complete && !this.#queue.length;
    this.#quanta += 1;
    if (ended || this.#quanta % QUANTA_PER_REPORT === 0) {
      this.port.postMessage({ played: this.#played, gaps: this.#gaps, ended });
    }
    return !ended;
  }
}

registerProcessor('player', Player);
