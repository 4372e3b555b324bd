import { Kokoro, pcm16, wavBlob } from './kokoro/kokoro.js';
import { drawSpectrogram, drawWave } from './picture.js';
import { Player } from './player.js';

const VOICES = {
  'American English': ['af_heart', 'af_alloy', 'af_aoede', 'af_bella', 'af_jessica', 'af_kore', 'af_nicole', 'af_nova',
    'af_river', 'af_sarah', 'af_sky', 'am_adam', 'am_echo', 'am_eric', 'am_fenrir', 'am_liam', 'am_michael', 'am_onyx',
    'am_puck', 'am_santa'],
  'British English': ['bf_alice', 'bf_emma', 'bf_isabella', 'bf_lily', 'bm_daniel', 'bm_fable', 'bm_george', 'bm_lewis'],
  Mandarin: ['zf_xiaobei', 'zf_xiaoni', 'zf_xiaoxiao', 'zf_xiaoyi', 'zm_yunjian', 'zm_yunxi', 'zm_yunxia', 'zm_yunyang'],
  'Japanese, in kana': ['jf_alpha', 'jf_gongitsune', 'jf_nezumi', 'jf_tebukuro', 'jm_kumo'],
};
// A model beside the page, else the hub's.
const LOCAL = { model: 'model/model.onnx', voices: 'model/voices/' };
const HUB = 'https://huggingface.co/onnx-community/Kokoro-82M-v1.0-ONNX/resolve/main/';
const PUBLISHED = { model: `${HUB}onnx/model_quantized.onnx`, voices: `${HUB}voices/` };

/** How far the speech may be made ahead of what is heard, in seconds: a book would not fit into memory. */
const AHEAD = 60;

const element = (id) => document.getElementById(id);
let tts; // the promise of a loaded Kokoro
let loading; // aborts it
let abort; // aborts what is spoken
let wavUrl;
let timing = {};
let pictured; // the samples in the pictures

fillVoices();
navigator.serviceWorker?.register('offline.js').catch(() => {}); // without it, a later visit needs the network
// Chromium starts a process for sound at first, which the press of Speak would wait for. This asks it for nothing else.
navigator.mediaDevices?.enumerateDevices().catch(() => {});
const settings = chooseSource();
element('share').oninput = () => (element('share-value').value = `${element('share').value} %`);
element('speed').oninput = () => (element('speed-value').value = Number(element('speed').value).toFixed(2));
element('second').onchange = () => (element('share').disabled = !element('second').value);
for (const id of ['model', 'voices', 'file', 'dtype']) element(id).onchange = unload;
element('form').onsubmit = (event) => {
  event.preventDefault();
  speak();
};
element('text').onkeydown = (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) element('form').requestSubmit();
};
element('stop').onclick = () => {
  abort?.abort();
  loading?.abort();
};
element('check').onclick = check;
element('copy').onclick = copy;
element('forget').onclick = forget;
// The pictures have the theme's colour.
matchMedia('(prefers-color-scheme: dark)').onchange = () => pictured && drawPictures(pictured);

function fillVoices() {
  element('second').add(new Option('no other', ''));
  for (const [language, names] of Object.entries(VOICES)) {
    for (const id of ['voice', 'second']) {
      const group = document.createElement('optgroup');
      group.label = language;
      group.append(...names.map((name) => new Option(name, name)));
      element(id).append(group);
    }
  }
}

async function chooseSource() {
  const query = new URLSearchParams(location.search);
  // Without network, as last time.
  const here = await fetch(LOCAL.model, { method: 'HEAD' }).then((answer) => answer.ok, wasHere);
  remember(here);
  const chosen = here ? LOCAL : PUBLISHED;
  element('model').value = new URL(query.get('model') ?? chosen.model, location.href).href;
  element('voices').value = new URL(query.get('voices') ?? chosen.voices, location.href).href;
}

/** Whether a model was beside the page at the last visit with network. Browsers that keep nothing of a page throw here. */
function wasHere() {
  try {
    return localStorage.model === 'here';
  } catch {
    return false;
  }
}

function remember(here) {
  try {
    localStorage.model = here ? 'here' : 'published';
  } catch {
    // then a visit without network takes the published one
  }
}

function voice() {
  const [first, second] = [element('voice').value, element('second').value];
  const share = Number(element('share').value);
  return second ? `${first}:${100 - share},${second}:${share}` : first;
}

/** The loaded Kokoro. Presses while it loads wait for the same. */
async function load() {
  await settings;
  tts ??= startLoading();
  const loaded = await tts;
  showFacts(loaded.device);
  return loaded;
}

function startLoading() {
  loading = new AbortController();
  const files = {}; // the bytes of each download
  const started = Kokoro.load({
    model: element('file').files[0] ?? element('model').value,
    voices: element('voices').value,
    dtype: element('dtype').value,
    seeded: testNetwork(),
    signal: loading.signal,
    onprogress: (progress) => showProgress(progress, files),
  });
  const failed = () => {
    if (tts === started) tts = undefined; // the next press tries again
  };
  started.catch(failed).finally(() => (element('progress').hidden = element('progress-text').hidden = true));
  return started;
}

/** `?seeded=CONFIG`: an untrained network of these dimensions, for tests of the page. */
function testNetwork() {
  const config = new URLSearchParams(location.search).get('seeded');
  return config === null ? undefined : { seed: 0, config };
}

async function unload() {
  loading?.abort();
  const loaded = tts;
  tts = undefined;
  (await loaded?.catch(() => {}))?.close();
}

async function speak() {
  abort?.abort();
  const own = (abort = new AbortController());
  const { signal } = own;
  const player = new Player(24000); // now, in the click
  signal.addEventListener('abort', () => player.stop());
  element('stop').disabled = false;
  clearSpoken();
  const view = { chunks: [], words: [], pcm: [] };
  try {
    follow(view, player, signal);
    try {
      await make(view, player, signal);
    } catch (error) {
      if (error.code !== 'DeviceLost' || view.chunks.length) throw error;
      await unload(); // the GPU was reset meanwhile, for instance while the page was in the background
      await make(view, player, signal);
    }
    if (!view.chunks.length) throw new Error('there is nothing to speak in this text');
    offerDownload(view.pcm);
    await player.add(null);
    await player.finished;
    if (!signal.aborted) say(player.gaps ? `Done. It had to wait ${player.gaps} times for the GPU.` : 'Done.');
  } catch (error) {
    if (!signal.aborted) fail(error);
    else if (abort === own) say('Stopped.');
    if (view.pcm.length) offerDownload(view.pcm);
  } finally {
    player.stop();
    if (abort === own) element('stop').disabled = true;
    own.abort(); // `follow` ends
  }
}

/** Makes the speech, at most a minute ahead of what is heard. */
async function make(view, player, signal) {
  await settings;
  signal.throwIfAborted();
  const loaded = await load();
  signal.throwIfAborted();
  say('Speaking…');
  const began = performance.now();
  timing = { audio: 0, made: 0 };
  for await (const chunk of loaded.stream(element('text').value, { ...speakOptions(), signal })) {
    timing.first ??= performance.now() - began;
    timing.audio += chunk.audio.length / chunk.sampleRate;
    timing.made += chunk.seconds;
    view.chunks.push(chunk);
    view.pcm.push(pcm16(chunk.audio));
    showWords(view, chunk);
    await player.add(chunk.audio);
    showFacts(await loaded.facts());
    await player.reached(timing.audio - AHEAD);
  }
}

function speakOptions() {
  const language = element('language').value;
  const options = { voice: testNetwork() ? 'seeded:1' : voice(), speed: Number(element('speed').value) };
  if (language === 'phonemes') return { ...options, phonemes: true };
  return language ? { ...options, language } : options;
}

function clearSpoken() {
  element('words').replaceChildren();
  element('spoken').hidden = true;
  element('download').removeAttribute('href');
  element('download').setAttribute('aria-disabled', 'true');
}

function showWords(view, chunk) {
  for (const word of chunk.words) {
    const span = document.createElement('span');
    span.textContent = word.text;
    element('words').append(span, word.spaced ? ' ' : '');
    view.words.push({ ...word, span });
  }
  element('words').append(' ');
}

/** Lights up the word that is heard, and moves the line in the pictures of its chunk. */
function follow(view, player, signal) {
  let [drawn, lit] = [-1, undefined];
  const step = () => {
    if (signal.aborted) {
      lit?.classList.remove('now');
      return;
    }
    const now = player.position;
    // The position may step back a little, where a chunk is no longer there.
    const index = Math.max(drawn, view.chunks.findLastIndex((chunk) => chunk.start <= now));
    if (index >= 0) {
      const { audio, start, sampleRate } = view.chunks[index];
      if (index !== drawn) {
        drawPictures(audio);
        for (const heard of view.chunks.slice(Math.max(drawn, 0), index)) heard.audio = undefined; // it is in `pcm`
      }
      drawn = index;
      element('line').style.left = `${Math.min(100, ((now - start) * sampleRate * 100) / audio.length)}%`;
    }
    const word = view.words.find(({ start, end }) => start <= now && now < end)?.span;
    if (word !== lit) {
      lit?.classList.remove('now');
      word?.classList.add('now');
      lit = word;
    }
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function drawPictures(audio) {
  pictured = audio;
  element('spoken').hidden = false;
  const colour = getComputedStyle(document.documentElement).getPropertyValue('--accent');
  drawWave(element('wave'), audio, colour);
  drawSpectrogram(element('spectrogram'), audio, colour);
}

function offerDownload(pieces) {
  URL.revokeObjectURL(wavUrl);
  wavUrl = URL.createObjectURL(wavBlob(pieces));
  element('download').href = wavUrl;
  element('download').removeAttribute('aria-disabled');
}

/** `files`: what has come of each download, by its stage. */
function showProgress({ stage, loaded, total }, files) {
  const [bar, text] = [element('progress'), element('progress-text')];
  bar.hidden = false;
  text.hidden = loaded === undefined;
  if (loaded === undefined) {
    bar.removeAttribute('value');
  } else {
    files[stage] = { loaded, total };
    const sum = (key) => Object.values(files).reduce((sum, file) => sum + file[key], 0);
    const megabytes = (bytes) => (bytes / 1e6).toFixed(0);
    const [there, whole] = [sum('loaded'), sum('total')]; // NaN where a server does not tell
    if (whole) bar.value = there / whole;
    else bar.removeAttribute('value');
    text.value = `${megabytes(there)}${whole ? ` of ${megabytes(whole)}` : ''} MB`;
  }
  const downloading = 'Downloading the model and the dictionaries. Only once.';
  const stages = {
    model: downloading,
    text: downloading,
    check: 'Checking this GPU. Only once.',
    upload: 'Uploading the weights…',
    'warm-up': 'Getting the GPU ready…',
  };
  say(stages[stage]);
}

function showFacts(device) {
  const { adapter, memory, kernel, fallback, wasmBytes } = device;
  const name = [adapter.vendor, adapter.architecture, adapter.description].filter(Boolean).join(' ') || 'not told';
  element('fact-gpu').textContent = fallback ? `${name} (a CPU: slow)` : name;
  element('fact-memory').textContent = `${(memory.used / 1e6).toFixed(0)} MB of the GPU, ${(wasmBytes / 1e6).toFixed(0)} MB of WebAssembly`;
  element('fact-kernel').textContent = kernel;
  if (timing.first) {
    element('fact-first').textContent = `${(timing.first / 1000).toFixed(2)} s`;
    element('fact-speed').textContent = `${(timing.audio / timing.made).toPrecision(2)} × real time`;
  }
}

async function check() {
  element('check').disabled = true;
  try {
    const loaded = await tts?.catch(() => undefined);
    say('Checking: small convolutions, then a narrow network, stage by stage…');
    const result = await (loaded ?? Kokoro).check();
    const report = element('report');
    report.value = reportText(result);
    for (const id of ['report', 'report-label', 'copy']) element(id).hidden = false;
    say(result.passed ? 'This GPU computes Kokoro right.' : 'This GPU computes wrong results. Please send us the report.');
  } catch (error) {
    fail(error);
  } finally {
    element('check').disabled = false;
  }
}

function reportText({ passed, passing, failing, trials, loopIterations, seconds, device }) {
  const failed = trials.filter((trial) => !trial.passed);
  const speed = timing.made ? `${(timing.audio / timing.made).toPrecision(3)} times real time` : 'nothing spoken yet';
  return [
    `kokoro-wgpu in a browser: ${passed ? 'passed' : 'FAILED'}`,
    `browser: ${navigator.userAgent}`,
    `adapter: ${JSON.stringify(device.adapter)}${device.fallback ? ' (fallback)' : ''}`,
    `limits: ${JSON.stringify(device.limits)}`,
    `model: ${JSON.stringify({ ...device.model, origin: undefined })}`,
    `memory: ${JSON.stringify(device.memory)}, wasm ${device.wasmBytes}`,
    `kernels: passing ${passing.join(', ') || 'none'}; failing ${failing.join(', ') || 'none'}; in use ${device.kernel}`,
    ...new Set(trials.map(({ kernel }) => kernelText(kernel, trials.filter((trial) => trial.kernel === kernel)))),
    `speed: ${speed}; check of ${trials.length} comparisons in ${seconds.toFixed(1)} s; loop iterations ${loopIterations}`,
    ...failed.map(({ kernel, name, error, bound, compileError }) => `FAILED ${kernel}, ${name}: ${compileError ?? `${error} > ${bound}`}`),
  ].join('\n');
}

/** Its largest error, and that of the golden file's last stage. */
function kernelText(kernel, trials) {
  const share = ({ error, bound }) => (Number.isFinite(error) ? error / bound : Infinity);
  const digits = (value) => Number(value).toExponential(1);
  const worst = trials.reduce((worst, trial) => (share(trial) > share(worst) ? trial : worst));
  const audio = trials.find(({ name }) => name === 'audio');
  const golden = audio ? `; golden audio: error ${digits(audio.error)}, at most ${digits(audio.bound)}` : '';
  return `${kernel}: ${trials.length} comparisons, largest error ${share(worst).toPrecision(2)} of its bound (${worst.name})${golden}`;
}

async function copy() {
  try {
    await navigator.clipboard.writeText(element('report').value);
    say('Copied.');
  } catch {
    element('report').select(); // Ctrl+C does it then
  }
}

async function forget() {
  try {
    await unload();
    await Kokoro.forget();
    say('The kept files are removed.');
  } catch (error) {
    fail(error);
  }
}

function say(message) {
  const status = element('status');
  status.classList.remove('error');
  if (status.textContent !== message) status.textContent = message; // or a screen reader says it again
}

function fail(error) {
  // After these the next press starts anew.
  if (['DeviceLost', 'OutOfMemory', 'Gpu', 'Internal', 'Closed'].includes(error.code)) unload();
  element('status').classList.add('error');
  element('status').textContent = error.message.replace(/^[a-z](?=[a-z]* )/, (first) => first.toUpperCase());
}
