// Plays chunks one after another without gaps.
export class Player {
  #context;
  #node;
  #played = 0; // samples
  #gaps = 0;
  #stopped = false;
  #waiting = []; // positions that someone waits for, and what to call then
  #end;
  /** Resolves when everything was heard, or `stop` was called. */
  finished = new Promise((resolve) => (this.#end = resolve));

  /** To be called in a click, or the browser keeps the page silent. */
  constructor(sampleRate) {
    this.#context = new AudioContext({ sampleRate });
    // A phone call, or another app's sound, stops it.
    this.#context.onstatechange = () => {
      if (!['running', 'closed'].includes(this.#context.state)) this.#context.resume().catch(() => {});
    };
    this.#node = this.#start();
    this.#node.catch(() => {}); // `add` reports it
  }

  async #start() {
    await this.#context.audioWorklet.addModule(new URL('./player-worklet.js', import.meta.url));
    const node = new AudioWorkletNode(this.#context, 'player', { outputChannelCount: [1] });
    node.port.onmessage = ({ data }) => {
      this.#played = data.played;
      this.#gaps = data.gaps;
      this.#waiting = this.#waiting.filter(({ samples, reached }) => samples > data.played || reached());
      if (data.ended) this.#end();
    };
    node.connect(this.#context.destination);
    return node;
  }

  /** Appends samples; null after the last ones. */
  async add(samples) {
    (await this.#node).port.postMessage(samples);
  }

  /** Resolves when the speech was played up to so many seconds, or `stop` was called. */
  reached(seconds) {
    const samples = seconds * this.#context.sampleRate;
    if (samples <= this.#played || this.#stopped) return undefined;
    return new Promise((reached) => this.#waiting.push({ samples, reached }));
  }

  /** The position in the speech that is heard now, in seconds. */
  get position() {
    const { sampleRate, outputLatency = 0 } = this.#context;
    return Math.max(0, this.#played / sampleRate - outputLatency);
  }

  /** How often the speech had to wait for its next chunk. */
  get gaps() {
    return this.#gaps;
  }

  stop() {
    this.#stopped = true;
    this.#end();
    for (const { reached } of this.#waiting.splice(0)) reached();
    if (this.#context.state !== 'closed') this.#context.close();
  }
}
