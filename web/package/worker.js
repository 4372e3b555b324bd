// Everything that takes time: the device, the model, the text, the files. Messages come from kokoro.js.
import initEngine, { Engine, Hash } from './wasm/engine.js';
import { KokoroError } from './errors.js';
import { expectHash, fetchFile, forget, keepText, keptText } from './files.js';
import versions from './wasm/versions.js';

// Written out, because bundlers look for whole expressions.
const TEXT_MODULES = {
  text: () => [import('./wasm/text.js'), new URL('./wasm/text_bg.wasm.gz', import.meta.url)],
  'text-zh': () => [import('./wasm/text-zh.js'), new URL('./wasm/text-zh_bg.wasm.gz', import.meta.url)],
};

const SAMPLE_RATE = 24000;
const PIECE = 1 << 20; // bytes
/** Bytes of a model's file that have to arrive before they are uploaded. Each time, its structure is read from its start. */
const STEP = 4 << 20;

let engine;
let adapter = {};
let voices; // where voices come from: a URL ending in a slash, or an object with a source for each name
const texts = new Map(); // the modules that read text, once they are wanted
const readers = new Map();
const added = new Set();
const streams = new Map();
const aborts = new Map();
/** A function that does one piece of work after another. */
function queue() {
  let last = Promise.resolve();
  return (work) => {
    const result = last.then(work);
    last = result.catch(() => {});
    return result;
  };
}

/** The device does one thing at a time. */
const inTurn = queue();

const methods = {
  async load({ model, voices: source, sha256, dtype = 'f16', check = true, languages, seeded }, signal, onprogress) {
    voices = source;
    const of = (stage) => ({ signal, onprogress: (progress) => onprogress({ stage, ...progress }) });
    const reading = Promise.all(languages.map((language) => readerOf(language, of('text'))));
    reading.catch(() => {}); // reported when it is awaited
    await start();
    // A CPU takes a minute for the check, and for the warm-up as long as for a sentence: neither, unless it is asked for.
    const prepares = check === 'always' || !JSON.parse(engine.facts()).fallback;
    if (check && prepares) await checkOnce(onprogress);
    const half = dtype === 'f16';
    engine.compile(half);
    const [file] = await Promise.all([seeded ? undefined : modelFile(model, sha256, half, of('model')), reading]);
    if (seeded) {
      engine.loadSeeded(seeded.seed, seeded.config ?? '', half);
    } else {
      onprogress({ stage: 'upload' });
      await unlessBad(model, () => engine.load(file, typeof model === 'string' ? model : 'the model', half));
    }
    signal.throwIfAborted();
    if (prepares) {
      onprogress({ stage: 'warm-up' });
      await engine.warmUp(200); // five seconds
    }
    signal.throwIfAborted();
    return facts();
  },

  async facts() {
    return facts();
  },

  async check() {
    await start();
    return inTurn(async () => ({ ...JSON.parse(await engine.check()), device: facts() }));
  },

  async verify({ origin, golden }) {
    return inTurn(async () => JSON.parse(await engine.verify(origin, new Uint8Array(golden))));
  },

  /** Begins a stream. Nothing is spoken before the first `next`. */
  async open({ stream, phonemes, voice, speed, seed, language }, signal) {
    const reader = phonemes ? undefined : await readerFor(voice, language);
    signal.throwIfAborted();
    const chunks = reader ? reader.read() : phonemeChunks();
    streams.set(stream, { chunks, voice, speed, seed, samples: 0, complete: false, inOrder: queue(), wake() {} });
  },

  /** Adds text to a stream; `complete` says that it was the last. Returns whether the stream goes on. */
  async push({ stream, text, complete }) {
    const state = streams.get(stream);
    if (!state) return false;
    if (text) state.chunks.push(text);
    if (complete) state.chunks.complete();
    state.complete = complete;
    state.wake();
    return true;
  },

  /** The next chunk of a stream, or undefined after the last one. */
  async next({ stream }) {
    const state = streams.get(stream);
    return state?.inOrder(async () => {
      for (;;) {
        const json = await nextText(stream, state);
        if (!json) return undefined;
        const chunk = await inTurn(() => speak(json, state));
        if (chunk) return chunk;
      }
    });
  },

  async end({ stream }) {
    const state = streams.get(stream);
    streams.delete(stream);
    state?.wake();
    state?.chunks.free?.();
  },

  async destroyDevice() {
    engine.destroy();
  },
};

onmessage = async ({ data: { id, method, args, cancel } }) => {
  if (cancel) {
    aborts.get(id)?.abort();
    return;
  }
  const abort = new AbortController();
  aborts.set(id, abort);
  try {
    const result = await methods[method](args, abort.signal, (progress) => postMessage({ id, progress }));
    postMessage({ id, result }, result?.audio ? [result.audio.buffer] : []);
  } catch (error) {
    postMessage({ id, error: described(error) });
  } finally {
    aborts.delete(id);
  }
};

/** The engine names its errors by their kind; a message can carry no class. */
function described(error) {
  if (error instanceof KokoroError) return { code: error.code, message: error.message };
  if (error?.name === 'AbortError') return { code: 'AbortError', message: error.message };
  if (error instanceof WebAssembly.RuntimeError) {
    return { code: 'Internal', message: `${error.message}. Load again; please report this.` };
  }
  const known = ['NoAdapter', 'Unsupported', 'DeviceLost', 'OutOfMemory', 'Argument', 'Gpu', 'Unreadable', 'BadFile', 'Text'];
  return { code: known.includes(error?.name) ? error.name : 'Internal', message: String(error?.message ?? error) };
}

/** Text and tokens of a stream's next chunk as JSON. Waits for text; undefined at its end. */
async function nextText(stream, state) {
  while (streams.has(stream)) {
    const json = state.chunks.next();
    if (json || state.complete) return json;
    await new Promise((resolve) => (state.wake = resolve));
  }
  return undefined;
}

/** A chunk of a stream, or undefined if there is nothing to speak in it. */
async function speak(json, state) {
  await addVoices(state.voice);
  const began = performance.now();
  const spoken = await engine.speak(json, state.voice, state.speed, state.seed, state.samples);
  try {
    const audio = spoken.samples();
    if (!audio.length) return undefined;
    const start = state.samples / SAMPLE_RATE;
    state.samples += audio.length;
    return {
      text: JSON.parse(json).text,
      phonemes: spoken.phonemes(),
      audio,
      sampleRate: SAMPLE_RATE,
      start,
      words: JSON.parse(spoken.words()),
      seconds: (performance.now() - began) / 1000,
    };
  } finally {
    spoken.free();
  }
}

/** Opens the device, once. */
async function start() {
  if (engine) return;
  if (!navigator.gpu) throw new KokoroError('NoWebGPU', noWebGpu());
  if (!('adapterInfo' in GPUDevice.prototype)) throw new KokoroError('NoWebGPU', `this browser's WebGPU is too old. ${BROWSERS}`);
  ({ memory } = await initEngine().catch((error) => {
    throw error instanceof TypeError ? new KokoroError('Download', `the engine: ${error.message}`) : error;
  }));
  engine = await open();
  adapter = await adapterInfo();
}

const BROWSERS = 'Current Chrome, Edge, Safari (from 26) and Firefox (from 141) have it on most systems.';

function noWebGpu() {
  return isSecureContext ? `this browser has no WebGPU. ${BROWSERS}` : 'WebGPU is only there on pages from https or localhost.';
}

async function open() {
  try {
    return await Engine.open();
  } catch (error) {
    if (error?.name !== 'NoAdapter') throw error;
    throw new KokoroError('NoAdapter', 'the browser offers no GPU to pages: its settings or a list of faulty drivers may say why (chrome://gpu)');
  }
}

async function adapterInfo() {
  const info = (await navigator.gpu.requestAdapter({ powerPreference: 'high-performance' }))?.info;
  const { vendor = '', architecture = '', device = '', description = '' } = info ?? {};
  return { vendor, architecture, device, description };
}

function facts() {
  return { ...JSON.parse(engine.facts()), adapter, wasmBytes: engineBytes(), sampleRate: SAMPLE_RATE };
}

let memory;
function engineBytes() {
  return memory?.buffer.byteLength ?? 0;
}

/** On an adapter's first visit: does it compute correctly, and with which kernel is it fastest? */
async function checkOnce(onprogress) {
  const name = `adapter ${JSON.stringify(adapter)} ${navigator.userAgent} ${versions.engine}`;
  const key = [...name].reduce((hash, symbol) => (hash * 31 + symbol.codePointAt(0)) >>> 0, 7);
  const known = await keptText(`adapter-${key}`);
  if (known) return engine.useKernel(known);
  onprogress({ stage: 'check' });
  const { passed, trials } = JSON.parse(await engine.check());
  if (!passed) {
    const { name: what, error, bound } = trials.find((trial) => !trial.passed);
    throw new KokoroError('Gpu', `this GPU or its driver computes wrong results: ${what} is off by ${error}, at most ${bound} passes`);
  }
  await engine.tune();
  await keepText(`adapter-${key}`, JSON.parse(engine.facts()).kernel);
}

/** The model as a Blob: on disk where it is kept or was chosen by the user. The engine reads one tensor at a time from it. */
async function modelFile(source, sha256, half, { signal, onprogress }) {
  const expected = sha256?.toLowerCase();
  if (typeof source === 'string') {
    const check = expected && { sha256: expected, hash: (file) => hashOf(file, signal), start: () => new Hash() };
    return fetchFile(source, { signal, onprogress, check, ahead: uploadAhead(source, half) });
  }
  if (expected) expectHash('the model', await hashOf(source, signal), expected);
  return source;
}

/** Uploads what has arrived of a model's file while the rest is on its way. What fails here is told when the whole file is loaded. */
function uploadAhead(url, half) {
  let next = STEP;
  return {
    /** `access` reads the file, of which `arrived` bytes are there. */
    advance(access, arrived, total) {
      if (arrived < next || !(arrived < total)) return;
      next = arrived + STEP;
      try {
        engine.advance(access, arrived, total, url, half);
      } catch (error) {
        if (error instanceof WebAssembly.RuntimeError) throw error; // the engine is broken
        next = Infinity;
      }
    },
    restart() {
      next = STEP;
      engine.startOver();
    },
  };
}

async function hashOf(blob, signal) {
  const hash = new Hash();
  for (let at = 0; at < blob.size; at += PIECE) {
    signal.throwIfAborted();
    hash.update(new Uint8Array(await blob.slice(at, at + PIECE).arrayBuffer()));
  }
  return hash.finish();
}

async function addVoices(blend) {
  for (const name of JSON.parse(Engine.blendParts(blend))) {
    if (added.has(name)) continue;
    const seeded = /^seeded:(\d+)$/.exec(name);
    if (seeded) {
      engine.addSeededVoice(name, Number(seeded[1]));
    } else {
      const source = voiceSource(name);
      const file = typeof source === 'string' ? await fetchFile(source) : new Blob([source]);
      const bytes = new Uint8Array(await file.arrayBuffer());
      await unlessBad(source, () => engine.addVoice(name, bytes));
    }
    added.add(name);
  }
}

function voiceSource(name) {
  if (typeof voices === 'string') return new URL(`${encodeURIComponent(name)}.bin`, voices).href;
  const source = voices?.[name];
  if (source !== undefined) return source;
  const known = Object.keys(voices ?? {}).join(', ') || 'none';
  throw new KokoroError('Argument', `voice ${name} is not known; the option \`voices\` has: ${known}`);
}

/** Forgets a file that turns out to be damaged, or a server's page instead of it: loading again downloads it. */
async function unlessBad(source, use) {
  try {
    use();
  } catch (error) {
    if (error?.name === 'BadFile' && typeof source === 'string') await forget(source);
    throw error;
  }
}

/** Text that is phonemes already: one chunk for each line. */
function phonemeChunks() {
  let [lines, unfinished] = [[], ''];
  const take = (text) => lines.push(...text.filter((line) => line.trim()));
  return {
    push(text) {
      const parts = (unfinished + text).split('\n');
      unfinished = parts.pop();
      take(parts);
    },
    complete() {
      take([unfinished]);
    },
    next() {
      const line = lines.shift();
      if (line === undefined) return undefined;
      const words = line.trim().split(/\s+/);
      const tokens = words.map((word, at) => [word, word, at + 1 < words.length ? ' ' : '']);
      return JSON.stringify({ text: line, tokens });
    },
  };
}

async function readerFor(voice, language) {
  const [first] = JSON.parse(Engine.blendParts(voice));
  // Mandarin is told here, because its module does without the other one.
  language ??= /^z[fm]_/.test(first) ? 'zh' : (await textModule('text')).languageOfVoice(first);
  if (isMandarin(language) && engine.hasZhuyin()) {
    throw new KokoroError('Text', 'this model spells Mandarin in zhuyin, which the package does not: give it phonemes');
  }
  return readerOf(language);
}

const isMandarin = (language) => /^(zh|cmn|z)(-|$)/i.test(language);

async function readerOf(language, options) {
  // Mandarin has English too, for Latin words.
  const { Reader } = await textModule(isMandarin(language) ? 'text-zh' : 'text', options);
  if (!readers.has(language)) readers.set(language, new Reader(language));
  return readers.get(language);
}

function textModule(name, options) {
  if (!texts.has(name)) {
    const module = loadText(name, options);
    texts.set(name, module);
    module.catch(() => texts.delete(name)); // the next call tries again
  }
  return texts.get(name);
}

async function loadText(name, options) {
  const [imported, url] = TEXT_MODULES[name]();
  const module = await imported;
  const body = await fetchFile(url.href, { ...options, version: versions[name] });
  // Some servers declare a .gz as compressed, and the browser has unpacked it then.
  const packed = new Uint8Array(await body.slice(0, 1).arrayBuffer())[0] === 0x1f;
  const plain = packed ? body.stream().pipeThrough(new DecompressionStream('gzip')) : body.stream();
  try {
    await module.default({ module_or_path: new Response(plain, { headers: { 'Content-Type': 'application/wasm' } }) });
  } catch (error) {
    await forget(url.href); // a server's page instead of it, for instance
    throw new KokoroError('BadFile', `${url}: ${error.message}`);
  }
  return module;
}
