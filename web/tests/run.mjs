// The package in a real browser: headless Chromium, whose WebGPU is SwiftShader, a GPU in software.
// usage: node run.mjs SITE TOOLS BUNDLED [FILTER]    SITE: what the Makefile assembled; TOOLS: where playwright-core is installed;
//        BUNDLED: the page by package.mjs
// $KOKORO_WEB_MODEL: the trained model, with voices/ beside it. Without it the tests of speech are skipped.
import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

import { serve } from '../serve.mjs';
import { golden, narrow } from './narrow.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const [site, tools, bundled, filter = ''] = process.argv.slice(2).map((path, index) => (index < 3 ? resolve(path) : path));
const { chromium } = createRequire(join(tools, 'node_modules/'))('playwright-core');
const model = process.env.KOKORO_WEB_MODEL;
const results = join(site, '../results');
rmSync(results, { recursive: true, force: true });
mkdirSync(results);

const tests = [];
const test = (name, body) => tests.push({ name, body });

// What the server does to a request for /faulty/NAME, and what it was asked for.
const faulty = new Map();
const requests = [];
const urls = []; // of all requests
let atWorkersEnd = ''; // code that is added to worker.js
function before(request, response) {
  urls.push(request.url);
  if (atWorkersEnd && request.url === '/kokoro/worker.js') {
    response.writeHead(200, { 'Content-Type': 'text/javascript' });
    response.end(readFileSync(join(site, 'kokoro/worker.js')) + atWorkersEnd);
    return true;
  }
  const [, here, loaded] = /^\/arrived\/(.+)\/(\d+)$/.exec(request.url) ?? [];
  if (here) {
    faulty.get(here)?.arrived?.(Number(loaded));
    response.writeHead(204);
    response.end();
    return true;
  }
  const name = /^\/faulty\/(.+)$/.exec(request.url)?.[1];
  const file = faulty.get(name);
  if (!file) return false;
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  requests.push({ name, start });
  if (file.offline) {
    response.destroy();
    return true;
  }
  const rest = file.bytes.subarray(start);
  const headers = { 'Content-Length': rest.length, ETag: `"${file.etag ?? 1}"` };
  if (start) headers['Content-Range'] = `bytes ${start}-${file.bytes.length - 1}/${file.bytes.length}`;
  // To a page of another origin, without leave to see Content-Range and ETag.
  headers['Access-Control-Allow-Origin'] = '*';
  response.writeHead(start ? 206 : 200, headers);
  const stopAfter = file.stopAfter?.shift();
  if (stopAfter === undefined) {
    response.end(rest);
    return true;
  }
  // The page gets a part, and then nothing more comes, or the connection breaks.
  if (!file.stalls) file.arrived = (loaded) => loaded === start + stopAfter && response.destroy();
  response.write(rest.subarray(0, stopAfter));
  return true;
}

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const asked = (name) => requests.filter((request) => request.name === name).map((request) => request.start);

test('the self-check passes with every kernel that browsers can run', async (page) => {
  const check = await page.evaluate(async () => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    return Kokoro.check();
  });
  assert.equal(check.device.model, null, 'it needs no model');
  const failed = check.trials.filter((trial) => !trial.passed);
  assert.deepEqual(failed, []);
  assert.deepEqual([...check.passing].sort(), ['registers', 'shared', 'wide']);
  for (const kernel of check.passing) {
    const names = check.trials.filter((trial) => trial.kernel === kernel).map((trial) => trial.name);
    assert.ok(names.includes('audio') && names.includes('decoder.generator.har magnitudes'), `${kernel}: ${names}`);
  }
});

test('a GPU is checked and measured on its first visit only', async (page) => {
  const visits = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const visit = async () => {
      const stages = [];
      const tts = await Kokoro.load({ ...options, check: 'always', onprogress: ({ stage }) => stages.push(stage) });
      const { kernel } = tts.device;
      tts.close();
      return { stages, kernel };
    };
    const [first, second] = [await visit(), await visit()];
    await Kokoro.forget();
    const root = await navigator.storage.getDirectory();
    return { first, second, kept: (await Array.fromAsync(root.keys())).length };
  }, narrow);
  assert.deepEqual(visits.first.stages, ['check', 'warm-up']);
  assert.deepEqual(visits.second.stages, ['warm-up']);
  assert.equal(visits.first.kernel, visits.second.kernel);
  assert.equal(visits.kept, 0);
});

test('every stage of a golden file is within the bounds that native builds have', async (page) => {
  const bytes = readFileSync(join(golden, 'narrow.safetensors')).toString('base64');
  const report = await page.evaluate(
    async ([options, base64]) => {
      const { Kokoro } = await import('/kokoro/kokoro.js');
      const tts = await Kokoro.load(options);
      const golden = Uint8Array.from(atob(base64), (symbol) => symbol.charCodeAt(0)).buffer;
      return tts.verify('narrow', golden);
    },
    [narrow, bytes],
  );
  assert.deepEqual(report.stages.filter((stage) => !stage.passed), []);
  assert.ok(report.stages.length > 20, `${report.stages.length} stages`);
  assert.equal(report.passed, true);
});

test('a stream gives audio and word times, the same again', async (page) => {
  const [first, second] = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load(options);
    const speak = async () => {
      const chunks = [];
      for await (const chunk of tts.stream('hɛl wɜ\nðɛ', { voice: 'seeded:1', phonemes: true })) {
        chunks.push({ ...chunk, audio: [...chunk.audio] });
      }
      return chunks;
    };
    return [await speak(), await speak()];
  }, narrow);
  assert.equal(first.length, 2);
  assert.deepEqual(first.map((chunk) => chunk.words.map((word) => word.text)), [['hɛl', 'wɜ'], ['ðɛ']]);
  assert.ok(first.every((chunk) => chunk.audio.length > 0 && chunk.audio.length % 600 === 0));
  assert.equal(first[1].start, first[0].audio.length / 24000);
  const times = first.flatMap((chunk) => chunk.words.flatMap((word) => [word.start, word.end]));
  assert.deepEqual(times, [...times].sort((a, b) => a - b));
  assert.deepEqual(first.map((chunk) => chunk.audio), second.map((chunk) => chunk.audio));
});

test('English text is read by the module with the dictionaries', async (page) => {
  const words = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load({ ...options, languages: ['en-us'] });
    const { words, phonemes } = await tts.generate('Hi, Al.', { voice: 'seeded:1' });
    return { texts: words.map((word) => word.text), phonemes };
  }, narrow);
  assert.deepEqual(words.texts, ['Hi,', 'Al.']);
  assert.equal(words.phonemes, 'hˈI, ˈæl.');
});

test('Mandarin is read by a module of its own', async (page) => {
  const earlier = urls.length;
  const phonemes = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load({ ...options, languages: ['zh'] });
    return (await tts.generate('长江是中国最长的河流。', { voice: 'seeded:1', language: 'zh' })).phonemes;
  }, narrow);
  // As misaki's ZHG2P() reads it, see crates/text/tests/golden.
  assert.equal(phonemes, 'ꭧʰa↗ŋʨja→ŋ ʂɨ↘ ꭧʊ→ŋkwo↗ ʦwei↘ꭧa↓ŋ tɤ xɤ↗ljou↗.');
  const modules = urls.slice(earlier).filter((url) => url.endsWith('.wasm.gz'));
  assert.deepEqual(modules, ['/kokoro/wasm/text-zh_bg.wasm.gz']);
});

test('text that comes in pieces is spoken sentence by sentence, as the whole text is', async (page) => {
  const { pieces, whole, before, error, ended } = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load({ ...options, languages: ['en-us'] });
    const speak = async (input) => {
      const chunks = [];
      for await (const { text, audio } of tts.stream(input, { voice: 'seeded:1' })) chunks.push([text, [...audio]]);
      return chunks;
    };
    let goOn;
    const later = new Promise((resolve) => (goOn = resolve));
    const before = [];
    async function* model() {
      yield* ['Hi ', 'the', 're, my friend. ', 'I a', 'm Al. ', 'And'];
      await later; // until the first sentence is heard
      yield* [' you', '?'];
    }
    const stream = tts.stream(model(), { voice: 'seeded:1' });
    const chunks = [];
    for await (const { text, audio } of stream) {
      chunks.push([text, [...audio]]);
      before.push(text);
      goOn();
    }
    async function* broken() {
      yield 'Hi there. ';
      throw new Error('the model is gone');
    }
    const error = await speak(broken()).catch((error) => error.message);
    let ended = false;
    async function* endless() {
      try {
        for (;;) yield 'Hi there, my friend. ';
      } finally {
        ended = true;
      }
    }
    for await (const _ of tts.stream(endless(), { voice: 'seeded:1' })) break;
    await tts.generate('Hi.', { voice: 'seeded:1' });
    return { pieces: chunks, whole: await speak('Hi there, my friend. I am Al. And you?'), before, error, ended };
  }, narrow);
  assert.deepEqual(pieces, whole);
  assert.match(before[0], /^Hi there, my friend\./);
  assert.equal(error, 'the model is gone');
  assert.equal(ended, true);
});

test('the package works inside a worker', async (page) => {
  const length = await page.evaluate(async (options) => {
    const code = `import { Kokoro } from '${location.origin}/kokoro/kokoro.js';
      const tts = await Kokoro.load(${JSON.stringify(options)});
      postMessage((await tts.generate('hɛl', { voice: 'seeded:1', phonemes: true })).audio.length);`;
    const worker = new Worker(URL.createObjectURL(new Blob([code], { type: 'text/javascript' })), { type: 'module' });
    return new Promise((resolve, reject) => {
      worker.onmessage = ({ data }) => resolve(data);
      worker.onerror = ({ message }) => reject(new Error(message));
    });
  }, narrow);
  assert.ok(length > 0);
});

test('a lost device is an error that says so, and loading again helps', async (page) => {
  const [code, length] = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const speak = (tts) => tts.generate('hɛl', { voice: 'seeded:1', phonemes: true });
    const tts = await Kokoro.load(options);
    await speak(tts);
    const speaking = tts.generate(Array(9).fill('hɛl').join('\n'), { voice: 'seeded:1', phonemes: true }).catch((error) => error.code);
    await tts.facts(); // while it speaks
    await tts.destroyDevice();
    const code = [await speaking, await speak(tts).catch((error) => error.code)].join();
    tts.close();
    return [code, (await speak(await Kokoro.load(options))).audio.length];
  }, narrow);
  assert.equal(code, 'DeviceLost,DeviceLost');
  assert.ok(length > 0);
});

test('wrong arguments are errors that name the culprit', async (page) => {
  faulty.set('early', { bytes: randomBytes(1 << 20), stopAfter: [1 << 19], stalls: true });
  const errors = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const message = (promise) => promise.then(() => 'no error', (error) => `${error.code}: ${error.message}`);
    const tts = await Kokoro.load({ ...options, voices: { mine: new ArrayBuffer(7) } });
    const speak = (text, options) => message(tts.generate(text, { phonemes: true, ...options }));
    return {
      model: await message(Kokoro.load({})),
      dtype: await message(Kokoro.load({ ...options, dtype: 'q4' })),
      check: await message(Kokoro.load({ ...options, check: 'never' })),
      text: await speak(5),
      early: await message(Kokoro.load({ ...options, seeded: undefined, model: '/faulty/early', languages: ['es'] })),
      speed: await speak('a', { voice: 'seeded:1', speed: 9 }),
      voice: await speak('a', { voice: 'af_nobody' }),
      file: await speak('a', { voice: 'mine' }),
      language: await message(tts.generate('Hola', { voice: 'seeded:1', language: 'es' })),
    };
  }, narrow);
  assert.match(errors.model, /^Argument: load needs `model`/);
  assert.match(errors.dtype, /^Argument: dtype is "q4"/);
  assert.match(errors.check, /^Argument: check is "never"/);
  assert.match(errors.text, /^Argument: the text is a number/);
  assert.match(errors.early, /^Text: .*espeak-ng/, 'told while the model is still downloaded');
  assert.match(errors.speed, /^Argument: speed is 9/);
  assert.match(errors.voice, /^Argument: voice af_nobody is not known; .*mine/);
  assert.match(errors.file, /^BadFile: mine/);
  assert.match(errors.language, /^Text: .*espeak-ng/);
});

test('a stream ends at once when it is aborted, and the next one works', async (page) => {
  const [name, chunks, length] = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load(options);
    const abort = new AbortController();
    let chunks = 0;
    let name;
    try {
      const lines = Array(20).fill('hɛl').join('\n');
      for await (const _ of tts.stream(lines, { voice: 'seeded:1', phonemes: true, signal: abort.signal })) {
        chunks += 1;
        abort.abort();
      }
    } catch (error) {
      name = error.name;
    }
    return [name, chunks, (await tts.generate('hɛl', { voice: 'seeded:1', phonemes: true })).audio.length];
  }, narrow);
  assert.equal(name, 'AbortError');
  assert.equal(chunks, 1);
  assert.ok(length > 0);
});

test('a stream ends when it is aborted, even if its next chunks are made already', async (page) => {
  const [name, chunks] = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const tts = await Kokoro.load(options);
    const speak = { voice: 'seeded:1', phonemes: true };
    const abort = new AbortController();
    let chunks = 0;
    try {
      for await (const _ of tts.stream('hɛl\nhɛl\nhɛl\nhɛl', { ...speak, signal: abort.signal })) {
        chunks += 1;
        await tts.generate('hɛl', speak); // comes after what was asked for
        abort.abort();
      }
    } catch (error) {
      return [error.name, chunks];
    }
    return ['no error', chunks];
  }, narrow);
  assert.deepEqual([name, chunks], ['AbortError', 1]);
});

const fetchInPage = (page, path, { sha256, version, storage, hurry, collect } = {}) =>
  page.evaluate(
    (request) =>
      new Promise((resolve) => {
        const worker = new Worker('/tests/files-worker.js', { type: 'module' });
        worker.onmessage = ({ data }) => resolve(data);
        worker.postMessage({ ...request, url: new URL(request.path, location.href).href });
      }),
    { path, sha256, version, storage, hurry, collect },
  );

test('a broken download goes on where it stopped', async (page) => {
  const bytes = randomBytes(3 << 20);
  faulty.set('broken', { bytes, stopAfter: [1 << 20, 1 << 19] });
  assert.deepEqual(await fetchInPage(page, '/faulty/broken'), { size: bytes.length, sha256: sha256(bytes) });
  const starts = asked('broken');
  assert.equal(starts.length, 3);
  assert.ok(starts[1] > 0 && starts[2] > starts[1], String(starts));
});

test('a download of which nothing more comes goes on where it stopped', async (page) => {
  const bytes = randomBytes(3 << 20);
  const hurry = 10; // half a minute is 3 seconds
  faulty.set('silent', { bytes, stopAfter: [1 << 20], stalls: true });
  assert.deepEqual(await fetchInPage(page, '/faulty/silent', { hurry }), { size: bytes.length, sha256: sha256(bytes) });
  assert.ok(asked('silent')[1] > 0, String(asked('silent')));
  // And it ends where nothing comes however often it is asked for.
  faulty.set('mute', { bytes, stopAfter: [1 << 10, 0, 0, 0, 0, 0], stalls: true });
  const { error } = await fetchInPage(page, '/faulty/mute', { hurry, storage: 'none' });
  assert.match(error, /^Download: .*: the server sent nothing for too long after \d+ of \d+ bytes\./);
});

test('a broken download from another origin goes on where it stopped', async (page) => {
  const bytes = randomBytes(3 << 20);
  faulty.set('elsewhere', { bytes, stopAfter: [1 << 20] });
  const elsewhere = await serve([], { before });
  assert.deepEqual(await fetchInPage(page, `${elsewhere.url}faulty/elsewhere`), { size: bytes.length, sha256: sha256(bytes) });
  elsewhere.close();
  const starts = asked('elsewhere');
  assert.equal(starts.length, 2);
  assert.ok(starts[1] > 0, String(starts));
});

test('a file is downloaded where there is no room to keep it, and no place', async (page, context) => {
  const bytes = randomBytes(3 << 20);
  faulty.set('full', { bytes });
  const whole = { size: bytes.length, sha256: sha256(bytes) };
  const client = await context.newCDPSession(page);
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(server.url).origin, quotaSize: 1 << 20 });
  assert.deepEqual(await fetchInPage(page, '/faulty/full'), whole);
  await client.send('Storage.overrideQuotaForOrigin', { origin: new URL(server.url).origin });
  faulty.set('private', { bytes, stopAfter: [1 << 20] });
  assert.deepEqual(await fetchInPage(page, '/faulty/private', { storage: 'none' }), whole);
  assert.ok(asked('private')[1] > 0, String(asked('private')));
  assert.deepEqual(await fetchInPage(page, '/faulty/private', { storage: 'none' }), whole);
  assert.equal(asked('private').length, 3, 'nothing was kept');
});

test('a file of another version is downloaded again', async (page) => {
  const file = { bytes: randomBytes(1 << 20) };
  faulty.set('version', file);
  const first = await fetchInPage(page, '/faulty/version', { version: '1' });
  file.bytes = randomBytes(1 << 20);
  assert.deepEqual(await fetchInPage(page, '/faulty/version', { version: '1' }), first);
  assert.equal((await fetchInPage(page, '/faulty/version', { version: '2' })).sha256, sha256(file.bytes));
  assert.equal(asked('version').length, 2);
});

test('a download goes on after the page was reloaded in the middle of it', async (page) => {
  const bytes = randomBytes(3 << 20);
  faulty.set('reload', { bytes, stopAfter: [2 << 20], stalls: true });
  const options = { ...narrow, seeded: undefined, model: '/faulty/reload' };
  await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    // Some of the file has arrived; the promise is never settled.
    await new Promise((resolve) => Kokoro.load({ ...options, onprogress: ({ loaded }) => loaded >= 1 << 20 && resolve() }));
  }, options);
  await page.reload();
  assert.deepEqual(await fetchInPage(page, '/faulty/reload'), { size: bytes.length, sha256: sha256(bytes) });
  const starts = asked('reload');
  assert.equal(starts.length, 2);
  assert.ok(starts[1] >= 1 << 20, String(starts));
});

test('an aborted load rejects, and the next one goes on', async (page) => {
  const bytes = randomBytes(3 << 20);
  faulty.set('abort', { bytes, stopAfter: [2 << 20], stalls: true });
  const name = await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    const abort = new AbortController();
    const onprogress = ({ loaded }) => loaded >= 1 << 20 && abort.abort();
    return Kokoro.load({ ...options, model: '/faulty/abort', signal: abort.signal, onprogress }).catch((error) => error.name);
  }, { ...narrow, seeded: undefined });
  assert.equal(name, 'AbortError');
  assert.deepEqual(await fetchInPage(page, '/faulty/abort'), { size: bytes.length, sha256: sha256(bytes) });
  assert.ok(asked('abort')[1] >= 1 << 20, String(asked('abort')));
});

test('a second visit needs no network', async (page) => {
  const file = { bytes: randomBytes(1 << 20) };
  faulty.set('offline', file);
  const first = await fetchInPage(page, '/faulty/offline');
  file.offline = true;
  await page.reload();
  assert.deepEqual(await fetchInPage(page, '/faulty/offline'), first);
  assert.equal(asked('offline').length, 1);
});

test('a hash is checked once for each download', async (page) => {
  const [bytes, later] = [randomBytes(1 << 20), randomBytes(1 << 20)];
  const file = { bytes };
  faulty.set('hashed', file);
  const fetchHashed = (expected) => fetchInPage(page, '/faulty/hashed', { sha256: sha256(expected) });
  assert.deepEqual(await fetchHashed(bytes), { size: bytes.length, sha256: sha256(bytes), hashed: 1 });
  await page.reload();
  assert.deepEqual(await fetchHashed(bytes), { size: bytes.length, sha256: sha256(bytes), hashed: 0 });
  assert.match((await fetchHashed(later)).error, /^WrongFile: .*\/faulty\/hashed: its SHA-256 is/);
  file.bytes = later;
  assert.deepEqual(await fetchHashed(later), { size: later.length, sha256: sha256(later), hashed: 1 });
  assert.equal(asked('hashed').length, 2);
});

test('a file that changed on the server in the middle is downloaded from its start', async (page) => {
  const file = { bytes: randomBytes(2 << 20), etag: 1, stopAfter: [1 << 20], stalls: true };
  faulty.set('changed', file);
  await page.evaluate(async (options) => {
    const { Kokoro } = await import('/kokoro/kokoro.js');
    await new Promise((resolve) => Kokoro.load({ ...options, onprogress: ({ loaded }) => loaded && resolve() }));
  }, { ...narrow, seeded: undefined, model: '/faulty/changed' });
  await page.reload();
  Object.assign(file, { bytes: randomBytes(2 << 20), etag: 2 });
  assert.deepEqual(await fetchInPage(page, '/faulty/changed'), { size: file.bytes.length, sha256: sha256(file.bytes) });
});

test('a download ends though garbage is collected during every call of a handle', async (page) => {
  for (let time = 0; time < 10; time += 1) {
    const bytes = randomBytes(1000);
    faulty.set(`collected-${time}`, { bytes });
    const file = await fetchInPage(page, `/faulty/collected-${time}`, { collect: true });
    assert.deepEqual(file, { size: bytes.length, sha256: sha256(bytes) });
  }
});

test('two tabs download a file once', async (page, context) => {
  const bytes = randomBytes(2 << 20);
  faulty.set('tabs', { bytes });
  const other = await context.newPage();
  await other.goto(page.url());
  const both = await Promise.all([fetchInPage(page, '/faulty/tabs'), fetchInPage(other, '/faulty/tabs')]);
  await other.close();
  assert.deepEqual(both.map((file) => file.sha256), [sha256(bytes), sha256(bytes)]);
  assert.equal(asked('tabs').length, 1);
});

test('a wrong hash, a file that is no model and a server error are told', async (page) => {
  faulty.set('wrong', { bytes: randomBytes(100_000) });
  const load = (options) =>
    page.evaluate(async (options) => {
      const { Kokoro } = await import('/kokoro/kokoro.js');
      return Kokoro.load(options).then(() => 'no error', (error) => `${error.code}: ${error.message}`);
    }, { ...narrow, seeded: undefined, ...options });
  const wrong = await load({ model: '/faulty/wrong', sha256: '0'.repeat(64) });
  assert.match(wrong, /^WrongFile: .*\/faulty\/wrong: its SHA-256 is [0-9a-f]{64}, expected 0{64}/);
  assert.match(await load({ model: '/faulty/wrong' }), /^BadFile: .*\/faulty\/wrong/);
  assert.equal(asked('wrong').length, 2, 'the wrong file was removed and fetched again');
  assert.match(await load({ model: '/faulty/wrong' }), /^BadFile/);
  assert.equal(asked('wrong').length, 3, 'the damaged file, too');
  assert.match(await load({ model: '/not-there.onnx' }), /^Download: .*\/not-there.onnx: the server answered 404/);
});

test('the player joins chunks without a gap', async (page) => {
  const [heard, expected, gaps] = await page.evaluate(async () => {
    const length = 24000;
    const context = new OfflineAudioContext(1, length, 24000);
    await context.audioWorklet.addModule('/player-worklet.js');
    const node = new AudioWorkletNode(context, 'player', { outputChannelCount: [1] });
    node.connect(context.destination);
    let last;
    node.port.onmessage = ({ data }) => (last = data);
    const chunks = [1, 127, 1000, 128, 5000].map((size, index) => new Float32Array(size).fill((index + 1) / 8));
    // The chunks arrive while rendering stands still, all before the first is played.
    context.suspend(2048 / 24000).then(async () => {
      for (const chunk of [...chunks, null]) node.port.postMessage(chunk);
      await new Promise((resolve) => setTimeout(resolve, 200));
      context.resume();
    });
    const audio = (await context.startRendering()).getChannelData(0);
    const first = audio.findIndex((sample) => sample !== 0);
    const expected = chunks.flatMap((chunk) => [...chunk]);
    return [[...audio.subarray(first, first + expected.length + 128)], [...expected, ...Array(128).fill(0)], last.gaps];
  });
  assert.deepEqual(heard, expected);
  assert.equal(gaps, 0);
});

test('the spectrogram shows a tone at its frequency', async (page) => {
  const rows = await page.evaluate(async () => {
    const { drawSpectrogram } = await import('/picture.js');
    const canvas = document.createElement('canvas');
    const tone = Float32Array.from({ length: 24000 }, (_, at) => Math.sin((2 * Math.PI * 3000 * at) / 24000));
    drawSpectrogram(canvas, tone, 'rgb(0, 0, 0)');
    const { data } = canvas.getContext('2d').getImageData(300, 0, 1, canvas.height);
    const opacity = Array.from({ length: canvas.height }, (_, row) => data[4 * row + 3]);
    return { loudest: opacity.indexOf(Math.max(...opacity)), far: opacity[200], height: canvas.height };
  });
  // 3 kHz of 12, from below.
  assert.deepEqual(rows, { loudest: 256 - 1 - 64, far: 0, height: 256 });
});

// The page with an untrained network; `lit` collects the words that light up, `tasks` the tasks of 50 ms and more.
const openDemo = async (page) => {
  await page.addInitScript(() => {
    window.tasks = [];
    new PerformanceObserver((list) => window.tasks.push(...list.getEntries().map((task) => task.duration))).observe({
      type: 'longtask',
      buffered: true,
    });
    addEventListener('DOMContentLoaded', () => {
      window.lit = [];
      new MutationObserver((changes) => {
        for (const { target } of changes) if (target.className === 'now') window.lit.push(target.textContent);
      }).observe(document.getElementById('words'), { subtree: true, attributes: true, attributeFilter: ['class'] });
    });
  });
  await page.goto(`${server.url}?seeded=${encodeURIComponent(narrow.seeded.config)}`);
};
const spoken = async (page) => {
  await page.waitForFunction(() => /^Done|error/.test(document.getElementById('status').textContent + document.getElementById('status').className));
  return page.textContent('#status');
};
/** Speaks phonemes with the keyboard alone, from the top of the page. */
const speakDemo = async (page, text) => {
  const { keyboard } = page;
  const tab = async (times) => {
    for (let time = 0; time < times; time += 1) await keyboard.press('Tab');
  };
  await tab(1);
  await keyboard.press('Control+A');
  await keyboard.type(text);
  await tab(3); // voice, the other voice, language
  await keyboard.type('none: ph');
  await tab(2); // speed, Speak
  await keyboard.press('Enter');
  return spoken(page);
};

test('the page speaks by keyboard alone, lights up each word, offers a WAV file, and works offline on its second visit', async (page, context) => {
  await openDemo(page);
  const text = 'hɛlˈO wˈɜɹld hˌW ɑɹ ju tədˈA';
  assert.match(await speakDemo(page, text), /^Done/);
  assert.equal(await page.inputValue('#language'), 'phonemes');
  const lit = await page.evaluate(() => window.lit);
  assert.deepEqual(lit, text.split(' '));
  const wav = await page.evaluate(async () => {
    const bytes = await (await fetch(document.getElementById('download').href)).arrayBuffer();
    return { head: String.fromCharCode(...new Uint8Array(bytes, 0, 4)), samples: (bytes.byteLength - 44) / 2 };
  });
  assert.equal(wav.head, 'RIFF');
  assert.ok(wav.samples > 0 && wav.samples % 600 === 0, `${wav.samples} samples`);
  writeFileSync(join(results, 'tasks.json'), JSON.stringify(await page.evaluate(() => window.tasks)));
  await page.evaluate(() => navigator.serviceWorker.ready);
  await context.setOffline(true);
  await page.reload();
  assert.match(await speakDemo(page, text), /^Done/);
});

test('the page checks the GPU, and its report can be copied', async (page, context) => {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'], { origin: new URL(server.url).origin });
  await openDemo(page);
  assert.equal(await page.isVisible('#report'), false);
  await page.click('#check');
  await page.waitForSelector('#report:not([hidden])');
  const report = await page.inputValue('#report');
  const lines = report.split('\n');
  assert.equal(lines[0], 'kokoro-wgpu in a browser: passed');
  assert.match(report, /^browser: Mozilla.*\nadapter: \{.*\}.*\nlimits: \{.*"maxStorageBufferBindingSize":\d+/m);
  assert.match(report, /^kernels: passing (registers|shared|wide), (\w+), (\w+); failing none; in use \w+$/m);
  for (const kernel of ['registers', 'shared', 'wide']) {
    const [line, share, error, bound] =
      new RegExp(`^${kernel}: \\d+ comparisons, largest error ([\\d.e-]+) of its bound .*; golden audio: error ([\\d.e-]+), at most ([\\d.e-]+)$`, 'm').exec(report) ?? [];
    assert.ok(line, `${kernel} in ${report}`);
    assert.ok(Number(share) > 0 && Number(share) <= 1 && Number(error) > 0 && Number(error) <= Number(bound), line);
  }
  await page.click('#copy');
  await page.waitForFunction(() => document.getElementById('status').textContent === 'Copied.');
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), report);
});

test('a second press of Speak while the page loads waits for the same model', async (page) => {
  await openDemo(page);
  await page.fill('#text', 'hɛlˈO');
  await page.selectOption('#language', 'phonemes');
  await page.press('#text', 'Control+Enter');
  await page.waitForSelector('#progress:not([hidden])');
  await page.press('#text', 'Control+Enter');
  assert.match(await spoken(page), /^Done/);
  await page.click('summary');
  await page.click('#forget');
  await page.waitForFunction(() => document.getElementById('status').textContent === 'The kept files are removed.');
  await page.press('#text', 'Control+Enter');
  assert.match(await spoken(page), /^Done/);
});

test('a page in the background speaks on', async (page, context) => {
  await openDemo(page);
  await page.fill('#text', 'hɛlˈO\nwˈɜɹld');
  await page.selectOption('#language', 'phonemes');
  await page.press('#text', 'Control+Enter');
  await page.waitForSelector('#progress:not([hidden])');
  const other = await context.newPage();
  await other.bringToFront();
  assert.match(await spoken(page), /^Done/);
  await other.close();
});

test('the page fits a phone, and is legible in both themes', async (page) => {
  await page.setViewportSize({ width: 360, height: 740 });
  const backgrounds = [];
  for (const colorScheme of ['light', 'dark']) {
    await page.emulateMedia({ colorScheme });
    await openDemo(page);
    const { width, background, contrast } = await page.evaluate(() => {
      const { color, backgroundColor } = getComputedStyle(document.body);
      const luminance = (rgb) => {
        const linear = rgb.match(/\d+/g).slice(0, 3).map((value) => (value / 255 <= 0.04045 ? value / 255 / 12.92 : ((value / 255 + 0.055) / 1.055) ** 2.4));
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
      };
      const [dark, light] = [luminance(color), luminance(backgroundColor)].sort((a, b) => a - b);
      return { width: document.documentElement.scrollWidth, background: backgroundColor, contrast: (light + 0.05) / (dark + 0.05) };
    });
    assert.ok(width <= 360, `${width} pixels wide`);
    assert.ok(contrast >= 7, `contrast ${contrast}`);
    backgrounds.push(background);
  }
  assert.notEqual(...backgrounds);
});

test('a GPU that computes wrong results gets a report too', async (page) => {
  atWorkersEnd = `const check = Engine.prototype.check;
    Engine.prototype.check = async function () {
      const result = JSON.parse(await check.call(this));
      result.passed = result.trials[0].passed = false;
      return JSON.stringify(result);
    };`;
  try {
    await openDemo(page);
    await page.click('#check');
    await page.waitForSelector('#report:not([hidden])');
    assert.match(await page.inputValue('#report'), /^kokoro-wgpu in a browser: FAILED[^]*^FAILED registers, .* > /m);
    assert.match(await page.textContent('#status'), /wrong results/);
  } finally {
    atWorkersEnd = '';
  }
});

test('a page made by a bundler speaks', async (page) => {
  await page.goto(`${server.url}bundled/?seeded=${encodeURIComponent(narrow.seeded.config)}`);
  await page.waitForFunction(() => window.spoken);
  const { chunks, samples, kernel, bytes } = await page.evaluate(() => window.spoken);
  assert.equal(chunks, 1);
  assert.ok(samples > 0 && samples % 600 === 0, `${samples} samples`);
  assert.equal(bytes, 44 + 2 * samples);
  assert.match(kernel, /^(registers|shared|wide)$/);
});

if (model) {
  // Of each upload of what has arrived: bytes that are there, and tensors that were uploaded so far.
  const reportUploads = `const { advance, load } = Engine.prototype;
    const uploads = new BroadcastChannel('uploads');
    const worker = crypto.randomUUID(); // an earlier page's may still end what it began
    Engine.prototype.advance = function (file, arrived, ...rest) {
      const tensors = advance.call(this, file, arrived, ...rest);
      uploads.postMessage({ worker, arrived, tensors, bytes: memory.buffer.byteLength });
      return tensors;
    };
    Engine.prototype.load = function (file, ...rest) {
      const before = JSON.parse(this.facts()).memory.used;
      load.call(this, file, ...rest);
      uploads.postMessage({ worker, arrived: file.size, before, after: JSON.parse(this.facts()).memory.used });
    };`;
  /** Loads the trained model. Gives the error's name, what was uploaded when, and the audio. */
  const loadTrained = (page, path, { sha256, abortAt } = {}) =>
    page.evaluate(
      async ([path, sha256, abortAt]) => {
        const { Kokoro } = await import('/kokoro/kokoro.js');
        const [all, abort] = [[], new AbortController()];
        const ofLast = () => all.filter(({ worker }) => worker === all.at(-1).worker);
        new BroadcastChannel('uploads').onmessage = ({ data }) => all.push(data);
        const onprogress = ({ loaded }) => loaded >= abortAt && abort.abort();
        const options = { model: path, sha256, voices: '/model/voices/', languages: [], signal: abort.signal, onprogress };
        try {
          const tts = await Kokoro.load(options);
          const { audio } = await tts.generate('hɛl', { phonemes: true });
          tts.close();
          return { uploads: ofLast(), audio: [...audio], bytes: tts.device.wasmBytes };
        } catch (error) {
          return { uploads: ofLast(), error: typeof error.code === 'string' ? error.code : error.name };
        }
      },
      [path, sha256, abortAt],
    );

  test('the weights are uploaded while they arrive, also after a reload, and are those of the whole file', async (page) => {
    const bytes = readFileSync(model);
    const half = bytes.length >> 1;
    faulty.set('arriving', { bytes, stopAfter: [half + (8 << 20)], stalls: true });
    atWorkersEnd = reportUploads;
    try {
      const broken = await loadTrained(page, '/faulty/arriving', { abortAt: half });
      assert.equal(broken.error, 'AbortError');
      assert.ok(broken.uploads.at(-1).tensors > 100, JSON.stringify(broken.uploads));
      await page.reload();
      const resumed = await loadTrained(page, '/faulty/arriving', { sha256: sha256(bytes) });
      assert.equal(resumed.error, undefined);
      const [, start] = asked('arriving');
      assert.ok(start >= half, `${start}: it goes on where it stopped`);
      const [first, ...others] = resumed.uploads;
      assert.ok(first.arrived >= start && first.tensors > 100, `what is on disk comes first: ${JSON.stringify(first)}, ${start}`);
      const [{ before, after }, last] = [others.pop(), others.pop()];
      assert.ok(last.tensors > 400 && last.arrived < bytes.length, `nearly all of 457 before the end: ${JSON.stringify(last)}`);
      assert.ok(after - before < 32 << 20, `the weights took memory once, before the end: ${before}, ${after}`);
      assert.ok(resumed.bytes < 64 << 20, `${resumed.bytes} bytes of WebAssembly: never the whole file`);
      const kept = await loadTrained(page, '/faulty/arriving');
      assert.deepEqual(kept.uploads.map(({ arrived }) => arrived), [bytes.length], 'a kept file is all there');
      assert.deepEqual(kept.audio, resumed.audio);
      assert.equal(asked('arriving').length, 2);
    } finally {
      atWorkersEnd = '';
    }
  });

  test('weights of another hash were uploaded for nothing', async (page) => {
    faulty.set('other', { bytes: readFileSync(model) });
    atWorkersEnd = reportUploads;
    try {
      const { error, uploads } = await loadTrained(page, '/faulty/other', { sha256: '0'.repeat(64) });
      assert.equal(error, 'WrongFile');
      assert.ok(uploads.length > 10 && uploads.every(({ tensors }) => tensors !== undefined), JSON.stringify(uploads));
      assert.equal((await fetchInPage(page, '/faulty/other')).size, statSync(model).size);
      assert.deepEqual(asked('other'), [0, 0], 'it was removed');
    } finally {
      atWorkersEnd = '';
    }
  });

  test('the trained model speaks a sentence on the page', async (page, context) => {
    await page.goto(server.url);
    await page.fill('#text', 'Good morning, everyone.');
    await page.click('#speak');
    await page.waitForFunction(() => document.getElementById('status').textContent === 'Speaking…');
    assert.match(await spoken(page), /^Done/);
    const { words, wav, memory, first } = await page.evaluate(async () => {
      const bytes = new Uint8Array(await (await fetch(document.getElementById('download').href)).arrayBuffer());
      return {
        words: document.getElementById('words').textContent.trim(),
        wav: btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join('')),
        memory: document.getElementById('fact-memory').textContent,
        first: document.getElementById('fact-first').textContent,
      };
    });
    const file = Buffer.from(wav, 'base64');
    writeFileSync(join(results, '1.wav'), file);
    writeFileSync(join(results, 'sentences.tsv'), 'af_heart\tGood morning, everyone.\n');
    writeFileSync(join(results, 'facts.json'), JSON.stringify({ memory, first }));
    assert.equal(words, 'Good morning, everyone.');
    const seconds = (file.length - 44) / 2 / 24000;
    assert.ok(seconds > 1 && seconds < 3, `${seconds} s`);
    const megabytes = Number(/(\d+) MB of WebAssembly/.exec(memory)[1]);
    assert.ok(megabytes * 1e6 < statSync(model).size, `${megabytes} MB: the file is never in memory as a whole`);
    // Without network the page still knows that the model beside it was kept.
    const address = await page.inputValue('#model');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await context.setOffline(true);
    await page.reload();
    await page.waitForFunction(() => document.getElementById('model').value);
    assert.deepEqual([await page.inputValue('#model'), new URL(address).pathname], [address, '/model/model.onnx']);
  });
}

const mounts = [['/', site], ['/tests/', here], ['/bundled/', bundled]];
if (model) mounts.push(['/model/model.onnx', model], ['/model/voices/', join(dirname(model), 'voices')]);
const server = await serve(mounts, { before });
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium';
assert.ok(existsSync(executablePath), `${executablePath} is missing: set CHROMIUM`);
const launch = async () => {
  const chrome = await chromium.launchServer({
    executablePath,
    args: [
      '--headless=new', '--no-sandbox', '--enable-unsafe-webgpu', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-quic', '--no-first-run', '--js-flags=--expose-gc',
    ],
  });
  return { chrome, browser: await chromium.connect(chrome.wsEndpoint()) };
};
/** What a promise gives, or an error after so many minutes: what Chromium never answers must not stop the tests. */
const within = (minutes, what, promise) => {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not ended in ${minutes} minutes`)), minutes * 60_000);
  });
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
};
let { chrome, browser } = await launch();
const restart = async (reason) => {
  console.log(`${reason}: Chromium starts again`);
  await within(1, 'ending Chromium', chrome.kill());
  ({ chrome, browser } = await within(2, 'starting Chromium', launch()));
};
/** Runs a test in a page of its own. Gives what failed, what the page said, and whether all pages opened: only navigation has a timeout. */
const failureOf = async (body) => {
  const messages = [];
  requests.length = urls.length = 0;
  let [page, opened] = [undefined, false];
  const open = async () => {
    const context = await browser.newContext();
    page = await context.newPage();
    page.setDefaultTimeout(0); // SwiftShader on a busy machine takes minutes
    page.setDefaultNavigationTimeout(120_000);
    page.on('console', (message) => messages.push(`console: ${message.text()}`));
    page.on('pageerror', (error) => messages.push(`console: ${error}`));
    await page.goto(`${server.url}tests/blank.html`);
    return context;
  };
  try {
    const context = await within(4, 'opening a page', open());
    opened = true;
    await within(20, 'the test', body(page, context));
    return undefined;
  } catch (error) {
    const shown = page?.evaluate(() => `${location.href}: ${document.getElementById('status')?.textContent}`);
    messages.push(`page: ${await within(1, 'reading its status', shown).catch((late) => late.message)}`);
    return { error, messages, opened: opened && error.name !== 'TimeoutError' };
  } finally {
    try {
      await within(1, 'closing the page', page?.context().close());
    } catch (error) {
      await restart(error.message);
    }
  }
};
let failures = 0;
for (const { name, body } of tests.filter((test) => test.name.includes(filter))) {
  const began = performance.now();
  let failure = await failureOf(body);
  // A Chromium that has had many pages may open no further one, which says nothing of the page.
  if (failure && !failure.opened) {
    await restart(failure.error.message);
    failure = await failureOf(body);
  }
  if (failure) {
    failures += 1;
    console.log(`FAILED  ${name}\n${failure.error.stack ?? failure.error}\n${failure.messages.map((line) => `  ${line}`).join('\n')}`);
  } else {
    console.log(`ok      ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  }
}
await chrome.kill();
server.close();
console.log(failures ? `${failures} failed` : 'all passed');
process.exit(failures ? 1 : 0);
