// Everything that takes time: the device, the model, the text, the files. Messages come from kokoro.js.
import initEngine, { Engine, Hash } from './wasm/engine.js';
import { KokoroError } from './errors.js';
import { fetchFile, keepText, keptText } from './files.js';

// Written out, because bundlers look for whole expressions.
const TEXT_MODULES = {
  text: () => [import('./wasm/text.js'), new URL('./wasm/text_bg.wasm.gz', import.meta.url)],
  'text-zh': () => [import('./wasm/text-zh.js'), new URL('./wasm/text-zh_bg.wasm.gz', import.meta.url)],
};

const SAMPLE_RATE = 24000;
const PIECE = 1 << 20; // bytes

let engine;
let adapter = {};
let voices; // where voices come from: a URL ending in a slash, or an object with a source for each name
const texts = new Map(); // the modules that read text, once they are wanted
const readers = new Map();
const added = new Set();
const streams = new Map();
const aborts = new Map();
let turn = Promise.resolve();

/** The device does one thing at a time. */
function inTurn(work) {
  const result = turn.then(work);
  turn = result.catch(() => {});
  return result;
}

const methods = {
  async load({ model, voices: source, sha256, dtype = 'f16', check = true, languages, seeded }, signal, onprogress) {
    voices = source;
    if (!navigator.gpu) throw new KokoroError('NoWebGPU', noWebGpu());
    const reading = Promise.all(languages.map(readerOf));
    reading.catch(() => {}); // reported when it is awaited
    ({ memory } = await initEngine());
    engine = await open();
    adapter = await adapterInfo();
    if (check) await checkOnce(onprogress);
    const half = dtype === 'f16';
    if (seeded) {
      engine.loadSeeded(seeded.seed, seeded.config ?? '', half);
    } else {
      const file = await modelFile(model, sha256, signal, (progress) => onprogress({ stage: 'model', ...progress }));
      onprogress({ stage: 'upload' });
      engine.load(file, typeof model === 'string' ? model : 'the model', half);
    }
    signal.throwIfAborted();
    onprogress({ stage: 'warm-up' });
    await engine.warmUp(200); // five seconds
    signal.throwIfAborted();
    await reading;
    return facts();
  },

  async facts() {
    return facts();
  },

  async check() {
    return inTurn(async () => ({ ...JSON.parse(await engine.check()), device: facts() }));
  },

  async verify({ origin, golden }) {
    return inTurn(async () => JSON.parse(await engine.verify(origin, new Uint8Array(golden))));
  },

  /** Begins a stream. Nothing is spoken before the first `next`. */
  async open({ stream, input, phonemes, voice, speed, seed, language }) {
    const chunks = phonemes ? phonemeChunks(input) : (await readerFor(voice, language)).read(input);
    streams.set(stream, { chunks, voice, speed, seed, samples: 0 });
  },

  /** The next chunk of a stream, or undefined after the last one. */
  async next({ stream }) {
    return inTurn(async () => {
      for (;;) {
        const state = streams.get(stream);
        const json = state?.chunks.next();
        if (!json) return undefined;
        await addVoices(state.voice);
        const began = performance.now();
        const spoken = await engine.speak(json, state.voice, state.speed, state.seed, state.samples);
        try {
          const audio = spoken.samples();
          if (!audio.length) continue; // nothing to speak
          const chunk = {
            text: JSON.parse(json).text,
            phonemes: spoken.phonemes(),
            audio,
            sampleRate: SAMPLE_RATE,
            start: state.samples / SAMPLE_RATE,
            words: JSON.parse(spoken.words()),
            seconds: (performance.now() - began) / 1000,
          };
          state.samples += audio.length;
          return chunk;
        } finally {
          spoken.free();
        }
      }
    });
  },

  async end({ stream }) {
    const state = streams.get(stream);
    streams.delete(stream);
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

function noWebGpu() {
  return isSecureContext
    ? 'this browser has no WebGPU. Chrome and Edge from 121, Safari from 26 and Firefox from 141 have it on most systems.'
    : 'WebGPU is only there on pages from https or localhost.';
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
  if (JSON.parse(engine.facts()).fallback) return; // a CPU, which takes a minute for it
  const name = `adapter ${JSON.stringify(adapter)} ${navigator.userAgent}`;
  const key = [...name].reduce((hash, symbol) => (hash * 31 + symbol.codePointAt(0)) >>> 0, 7);
  const known = await keptText(`adapter-${key}`);
  if (known) return engine.useKernel(known);
  onprogress({ stage: 'check' });
  const check = JSON.parse(await engine.check());
  if (!check.passed) {
    const { name: what, error, bound } = check.trials.find((trial) => !trial.passed);
    throw new KokoroError('Gpu', `this GPU or its driver computes wrong results: ${what} is off by ${error}, at most ${bound} passes`);
  }
  await engine.tune();
  await keepText(`adapter-${key}`, JSON.parse(engine.facts()).kernel);
}

/** The model as a Blob: on disk where it is kept or was chosen by the user. The engine reads one tensor at a time from it. */
async function modelFile(source, sha256, signal, onprogress) {
  const expected = sha256?.toLowerCase();
  if (typeof source === 'string') {
    const check = expected && { sha256: expected, hash: (file) => hashOf(file, signal) };
    return fetchFile(source, { signal, onprogress, check });
  }
  const file = new Blob([source]);
  const found = expected && (await hashOf(file, signal));
  if (found !== expected) throw new KokoroError('WrongFile', `the model: its SHA-256 is ${found}, expected ${expected}`);
  return file;
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
      engine.addVoice(name, new Uint8Array(await (await voiceFile(name)).arrayBuffer()));
    }
    added.add(name);
  }
}

async function voiceFile(name) {
  if (typeof voices === 'string') return fetchFile(new URL(`${encodeURIComponent(name)}.bin`, voices).href);
  const source = voices?.[name];
  if (source === undefined) {
    const known = Object.keys(voices ?? {}).join(', ') || 'none';
    throw new KokoroError('Argument', `voice ${name} is not known; the option \`voices\` has: ${known}`);
  }
  return typeof source === 'string' ? fetchFile(source) : new Blob([source]);
}

/** Text that is phonemes already: one chunk for each line. */
function phonemeChunks(input) {
  const lines = input.split('\n').filter((line) => line.trim());
  return {
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

async function readerOf(language) {
  // Mandarin has English too, for Latin words.
  const { Reader } = await textModule(isMandarin(language) ? 'text-zh' : 'text');
  if (!readers.has(language)) readers.set(language, new Reader(language));
  return readers.get(language);
}

function textModule(name) {
  if (!texts.has(name)) {
    const module = loadText(name);
    texts.set(name, module);
    module.catch(() => texts.delete(name)); // the next call tries again
  }
  return texts.get(name);
}

async function loadText(name) {
  const [imported, url] = TEXT_MODULES[name]();
  const module = await imported;
  const response = await fetch(url).catch((error) => {
    throw new KokoroError('Download', `${url}: ${error.message}`);
  });
  if (!response.ok) throw new KokoroError('Download', `${response.url}: the server answered ${response.status}`);
  // Some servers declare a .gz as compressed, and the browser has unpacked it then.
  const body = await response.blob();
  const packed = new Uint8Array(await body.slice(0, 1).arrayBuffer())[0] === 0x1f;
  const plain = packed ? body.stream().pipeThrough(new DecompressionStream('gzip')) : body.stream();
  await module.default({ module_or_path: new Response(plain, { headers: { 'Content-Type': 'application/wasm' } }) });
  return module;
}
