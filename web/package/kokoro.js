import { KokoroError, aborted } from './errors.js';
import { pcm16, wavBlob } from './wav.js';

export { KokoroError, pcm16, wavBlob };

/** Chunks that are made ahead of the one that the page takes. */
const AHEAD = 1;

/** Speech by Kokoro-82M on this machine's GPU. kokoro.d.ts describes every option. */
export class Kokoro {
  #worker;
  #calls = new Map();
  #nextId = 1;
  #closed = null;
  #facts;

  constructor(worker) {
    this.#worker = worker;
    worker.onmessage = ({ data }) => this.#receive(data);
    worker.onerror = (event) => {
      event.preventDefault?.();
      this.#end(new KokoroError('Internal', event.message || 'the worker could not start'));
    };
  }

  static async load(options = {}) {
    const { model, voices, sha256, dtype, check, languages = ['en-us'], seeded, onprogress, signal, workerUrl } = options;
    if (signal?.aborted) throw aborted(signal);
    if (model === undefined && !seeded) throw new KokoroError('Argument', 'load needs `model`: a URL, an ArrayBuffer or a Blob');
    if (dtype !== undefined && !['f16', 'f32'].includes(dtype)) {
      throw new KokoroError('Argument', `dtype is ${JSON.stringify(dtype)}, expected 'f16' or 'f32'`);
    }
    const tts = new Kokoro(startWorker(workerUrl));
    try {
      const args = { model: absolute(model), voices: voiceSources(voices), sha256, dtype, check, languages, seeded };
      tts.#facts = await tts.#call('load', args, { signal, onprogress });
      return tts;
    } catch (error) {
      tts.close();
      throw error;
    }
  }

  /** Facts of the device, as of the latest call of this or of `facts()`. */
  get device() {
    return this.#facts;
  }

  async facts() {
    this.#facts = await this.#call('facts');
    return this.#facts;
  }

  check() {
    return this.#call('check');
  }

  verify(origin, golden) {
    return this.#call('verify', { origin, golden });
  }

  async *stream(input, { voice = 'af_heart', speed = 1, seed = 0, language, phonemes = false, signal } = {}) {
    if (typeof input !== 'string') throw new KokoroError('Argument', `the text is a ${typeof input}, expected a string`);
    if (!(speed >= 0.25 && speed <= 4)) throw new KokoroError('Argument', `speed is ${speed}, expected 0.25 to 4`);
    if (signal?.aborted) throw aborted(signal);
    const stream = this.#nextId++;
    const ready = [];
    const next = () => {
      const call = this.#call('next', { stream }, { signal });
      call.catch(() => {}); // reported when it is awaited
      ready.push(call);
    };
    try {
      await this.#call('open', { stream, input, phonemes, voice, speed, seed, language }, { signal });
      for (let ahead = 0; ahead <= AHEAD; ahead += 1) next();
      for (;;) {
        const chunk = await ready.shift();
        if (!chunk) return;
        next();
        yield chunk;
      }
    } finally {
      if (!this.#closed) this.#call('end', { stream }).catch(() => {});
    }
  }

  async generate(text, options = {}) {
    const chunks = [];
    for await (const chunk of this.stream(text, options)) chunks.push(chunk);
    const audio = new Float32Array(chunks.reduce((length, chunk) => length + chunk.audio.length, 0));
    let at = 0;
    for (const chunk of chunks) {
      audio.set(chunk.audio, at);
      at += chunk.audio.length;
    }
    const sampleRate = 24000;
    return {
      audio,
      sampleRate,
      sampling_rate: sampleRate, // as kokoro.js calls it
      words: chunks.flatMap((chunk) => chunk.words),
      phonemes: chunks.map((chunk) => chunk.phonemes).join(' '),
      toBlob: () => wavBlob([audio], sampleRate),
    };
  }

  /** Ends the worker, and with it the device and the model. */
  close() {
    this.#end(new KokoroError('Closed', 'this Kokoro was closed'));
  }

  /** For tests: the device is gone, as after a driver's reset. */
  destroyDevice() {
    return this.#call('destroyDevice');
  }

  #end(error) {
    this.#closed ??= error;
    this.#worker.terminate();
    for (const call of this.#calls.values()) call.reject(this.#closed);
    this.#calls.clear();
  }

  #call(method, args = {}, { signal, onprogress } = {}) {
    if (this.#closed) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const cancel = () => {
        this.#worker.postMessage({ id, cancel: true });
        settle(reject)(aborted(signal));
      };
      const settle = (how) => (value) => {
        signal?.removeEventListener('abort', cancel);
        this.#calls.delete(id);
        how(value);
      };
      this.#calls.set(id, { resolve: settle(resolve), reject: settle(reject), onprogress });
      signal?.addEventListener('abort', cancel, { once: true });
      this.#worker.postMessage({ id, method, args });
    });
  }

  #receive({ id, result, error, progress }) {
    const call = this.#calls.get(id);
    if (!call) return; // it was aborted
    if (progress) call.onprogress?.(progress);
    else if (error) call.reject(new KokoroError(error.code, error.message));
    else call.resolve(result);
  }
}

function absolute(source) {
  return typeof source === 'string' || source instanceof URL ? new URL(source, document.baseURI).href : source;
}

/** A folder's URL gets a slash at its end, and an object absolute URLs. */
function voiceSources(voices) {
  if (voices === undefined) return undefined;
  if (typeof voices === 'string' || voices instanceof URL) return absolute(String(voices).replace(/\/?$/, '/'));
  return Object.fromEntries(Object.entries(voices).map(([name, source]) => [name, absolute(source)]));
}

/**
 * A worker has to come from the page's own origin; one that imports the real one may be made anywhere.
 * Bundlers look for the whole expression `new Worker(new URL(...))`.
 */
function startWorker(given) {
  if (given) return new Worker(given, { type: 'module' });
  const url = new URL('./worker.js', import.meta.url);
  if (url.origin === location.origin) return new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });
  const blob = URL.createObjectURL(new Blob([`import ${JSON.stringify(url.href)};`], { type: 'text/javascript' }));
  return new Worker(blob, { type: 'module' });
}
