import { KokoroError, aborted } from './errors.js';
import { forgetAll } from './files.js';
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
    if (![undefined, true, false, 'always'].includes(check)) {
      throw new KokoroError('Argument', `check is ${JSON.stringify(check)}, expected true, false or 'always'`);
    }
    if (dtype !== undefined && !['f16', 'f32'].includes(dtype)) {
      throw new KokoroError('Argument', `dtype is ${JSON.stringify(dtype)}, expected 'f16' or 'f32'`);
    }
    const tts = new Kokoro(startWorker(workerUrl));
    try {
      const args = { model: sourceOf(model), voices: voiceSources(voices), sha256, dtype, check, languages, seeded };
      tts.#facts = await tts.#call('load', args, { signal, onprogress });
      return tts;
    } catch (error) {
      tts.close();
      throw error;
    }
  }

  /** Checks the GPU without a model, in a worker of its own. */
  static async check({ signal, workerUrl } = {}) {
    if (signal?.aborted) throw aborted(signal);
    const checker = new Kokoro(startWorker(workerUrl));
    try {
      return await checker.#call('check', {}, { signal });
    } finally {
      checker.close();
    }
  }

  /** Removes all kept files: models, voices, dictionaries, and what was found about GPUs. */
  static async forget() {
    await forgetAll();
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
    if (typeof input !== 'string' && !input?.[Symbol.asyncIterator]) {
      throw new KokoroError('Argument', `the text is a ${typeof input}, expected a string or an async iterable of strings`);
    }
    if (!(speed >= 0.25 && speed <= 4)) throw new KokoroError('Argument', `speed is ${speed}, expected 0.25 to 4`);
    if (signal?.aborted) throw aborted(signal);
    const stream = this.#nextId++;
    const pieces = typeof input === 'string' ? [input].values() : input[Symbol.asyncIterator]();
    let failed;
    const ready = [];
    const next = () => {
      const call = this.#call('next', { stream }, { signal });
      call.catch(() => {}); // reported when it is awaited
      ready.push(call);
    };
    try {
      await this.#call('open', { stream, phonemes, voice, speed, seed, language }, { signal });
      this.#feed(stream, pieces).catch((error) => {
        failed = error;
        if (!this.#closed) this.#call('end', { stream }).catch(() => {}); // so that no chunk is waited for
      });
      for (let ahead = 0; ahead <= AHEAD; ahead += 1) next();
      for (;;) {
        const chunk = await ready.shift();
        if (signal?.aborted) throw aborted(signal);
        if (!chunk && failed) throw failed;
        if (!chunk) return;
        next();
        yield chunk;
      }
    } finally {
      if (!this.#closed) this.#call('end', { stream }).catch(() => {});
      Promise.resolve(pieces.return?.()).catch(() => {}); // whoever makes the text may stop
    }
  }

  /** Hands text to the worker as it comes, until the stream ends. */
  async #feed(stream, pieces) {
    for (;;) {
      const { done, value: text } = await pieces.next();
      if (done) break;
      if (typeof text !== 'string') throw new KokoroError('Argument', `a piece of the text is a ${typeof text}, expected a string`);
      if (this.#closed || !(await this.#call('push', { stream, text }))) return;
    }
    await this.#call('push', { stream, complete: true });
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
    if (signal?.aborted) return Promise.reject(aborted(signal));
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

/** An absolute URL, or a Blob, which costs the page no copy when it is handed to the worker. */
function sourceOf(source) {
  if (typeof source === 'string' || source instanceof URL) {
    return new URL(source, globalThis.document?.baseURI ?? location.href).href; // a worker has no document
  }
  return source === undefined || source instanceof Blob ? source : new Blob([source]);
}

/** A folder's URL gets a slash at its end, and an object absolute URLs. */
function voiceSources(voices) {
  if (voices === undefined) return undefined;
  if (typeof voices === 'string' || voices instanceof URL) return sourceOf(String(voices).replace(/\/?$/, '/'));
  return Object.fromEntries(Object.entries(voices).map(([name, source]) => [name, sourceOf(source)]));
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
