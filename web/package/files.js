// Files over the net, kept in the origin private file system: a download goes on where it stopped, even after a reload, and a
// second visit needs no network. For workers, where files can be written in place.
import { KokoroError } from './errors.js';

const FOLDER = 'kokoro-wgpu';
/** Attempts after the connection broke, each where the one before stopped. An attempt that brought something does not count. */
const RETRIES = 4;
const FIRST_PAUSE = 500; // ms, doubled with each attempt
const STALL = 30_000; // ms of silence after which a connection counts as broken

/** The handles whose calls are under way. If Chromium collects a handle as garbage meanwhile, the call's promise never settles. */
const calls = new Set();
async function call(handle, method, ...args) {
  const own = { handle };
  calls.add(own);
  try {
    return await handle[method](...args);
  } finally {
    calls.delete(own);
  }
}

/** The folder of kept files, or undefined where the browser has none, as in some private windows. */
async function folder() {
  try {
    const root = await navigator.storage.getDirectory();
    const kept = await call(root, 'getDirectoryHandle', FOLDER, { create: true });
    return FileSystemFileHandle.prototype.createSyncAccessHandle ? kept : undefined;
  } catch {
    return undefined;
  }
}

async function keyOf(url) {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(url));
  return [...new Uint8Array(digest).subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

async function readNote(kept, key) {
  try {
    const handle = await call(kept, 'getFileHandle', `${key}.json`);
    return JSON.parse(await (await call(handle, 'getFile')).text());
  } catch {
    return {}; // none yet, or half written
  }
}

async function writeNote(kept, key, note) {
  const handle = await call(kept, 'getFileHandle', `${key}.json`, { create: true });
  const access = await call(handle, 'createSyncAccessHandle');
  try {
    access.truncate(0);
    access.write(new TextEncoder().encode(JSON.stringify(note)), { at: 0 });
    access.flush();
  } finally {
    access.close();
  }
}

/** A text that is kept under a name, or undefined. */
export async function keptText(name) {
  const kept = await folder();
  return kept && (await readNote(kept, name)).text;
}

/** Keeps a text under a name, if anything can be kept. */
export async function keepText(name, text) {
  const kept = await folder();
  if (kept) await writeNote(kept, name, { text }).catch(() => {}); // another tab writes the same
}

/**
 * The file at `url` as a Blob: the kept one, or downloaded and kept. `onprogress` gets { loaded, total }.
 * Two tabs don't download the same file twice: the second waits for the first.
 * `check` is { sha256, hash, start }: the expected digits, a function that gives those of a Blob, and one for bytes that come in pieces,
 * with `update` and `finish`. Each file is hashed once, most while it is downloaded.
 * `version` is for an address whose file changes: one that was kept with another version is downloaded again.
 * `ahead` may use a file before it is whole: `advance(access, arrived, total)` after each piece, `restart()` where it is another one.
 */
export async function fetchFile(url, { signal, onprogress = () => {}, check, version, ahead } = {}) {
  signal?.throwIfAborted();
  const kept = await folder();
  if (kept) {
    const key = await keyOf(url);
    const options = { signal, onprogress, check, version, ahead };
    const file = await navigator.locks.request(`kokoro-wgpu ${key}`, { signal }, async () => {
      try {
        return await fetchKept(url, kept, key, options);
      } catch (error) {
        if (error?.name !== 'QuotaExceededError') throw error;
        await remove(kept, key); // the disk is full
        ahead?.restart();
        return undefined;
      }
    });
    if (file) return file;
  }
  const file = await fetchWhole(url, { signal, onprogress });
  if (check) expectHash(url, await check.hash(file), check.sha256);
  return file;
}

async function fetchKept(url, kept, key, { signal, onprogress, check, version, ahead }) {
  if ((await readNote(kept, key)).version !== version) await remove(kept, key);
  const handle = await call(kept, 'getFileHandle', key, { create: true });
  let found; // its digits
  if (!(await readNote(kept, key)).complete) {
    found = await download(url, kept, key, handle, { signal, onprogress, check, version, ahead });
  }
  const file = await call(handle, 'getFile');
  const note = await readNote(kept, key);
  if (check && note.sha256 !== check.sha256) {
    try {
      expectHash(url, found ?? (await check.hash(file)), check.sha256);
    } catch (error) {
      if (error.code === 'WrongFile') await remove(kept, key); // so that loading again downloads it
      throw error;
    }
    await writeNote(kept, key, { ...note, sha256: check.sha256 });
  }
  return file;
}

/** Removes the folder with all that is kept. */
export async function forgetAll() {
  const root = await navigator.storage.getDirectory();
  await call(root, 'removeEntry', FOLDER, { recursive: true }).catch((error) => {
    if (error.name !== 'NotFoundError') throw error;
  });
}

/** Forgets the kept file of `url`. */
export async function forget(url) {
  const kept = await folder();
  if (!kept) return;
  const key = await keyOf(url);
  await navigator.locks.request(`kokoro-wgpu ${key}`, () => remove(kept, key));
}

/** Throws if two SHA-256 differ. */
export function expectHash(name, found, expected) {
  if (found !== expected) throw new KokoroError('WrongFile', `${name}: its SHA-256 is ${found}, expected ${expected}`);
}

async function remove(kept, key) {
  for (const name of [`${key}.json`, key]) await call(kept, 'removeEntry', name).catch(() => {}); // it may be absent
}

/** Gives the SHA-256, if it is asked for. */
async function download(url, kept, key, handle, { signal, onprogress, check, version, ahead }) {
  const access = await call(handle, 'createSyncAccessHandle');
  try {
    let note = await readNote(kept, key);
    let at = note.total ? access.getSize() : 0;
    let hash = check?.start();
    if (hash) hashKept(hash, access, at);
    const restart = () => {
      access.truncate(0);
      at = 0;
      hash = check?.start();
      ahead?.restart();
    };
    if (at === 0) restart();
    await insist(url, { signal, loaded: () => at, total: () => note.total }, async (line) => {
      const response = await request(url, at, line.signal);
      const { total, etag } = described(response, at);
      const resumed = response.status === 206 && note.total === total && (!etag || !note.etag || etag === note.etag);
      if (at > 0 && !resumed) {
        restart();
        if (response.status === 206) return false; // the file has changed: all of it is needed
      }
      note = { url, version, total, etag };
      if (at === 0) await writeNote(kept, key, note);
      for await (const piece of pieces(response, line)) {
        access.write(piece, { at });
        at += piece.length;
        hash?.update(piece);
        // Chromium may write a part without an error.
        if (access.getSize() < at) throw new DOMException('the disk is full', 'QuotaExceededError');
        onprogress({ loaded: at, total });
        ahead?.advance(access, at, total);
      }
      note.total ??= at; // a server that does not tell the size
      return at >= note.total;
    });
    access.flush();
    await writeNote(kept, key, { ...note, complete: true });
    return await hash?.finish();
  } finally {
    access.close();
  }
}

/** Adds the bytes that are on disk, as long as nothing is downloaded. */
function hashKept(hash, access, size) {
  const piece = new Uint8Array(1 << 20);
  for (let at = 0; at < size; ) {
    const read = access.read(piece, { at });
    hash.update(piece.subarray(0, read));
    at += read;
  }
}

/** Without a place to keep it, a file is held in memory. */
async function fetchWhole(url, { signal, onprogress }) {
  let parts = [];
  let at = 0;
  let total;
  await insist(url, { signal, loaded: () => at, total: () => total }, async (line) => {
    const response = await request(url, at, line.signal);
    if (response.status !== 206) [parts, at] = [[], 0];
    total = described(response, at).total;
    for await (const piece of pieces(response, line)) {
      parts.push(piece);
      at += piece.length;
      onprogress({ loaded: at, total });
    }
    total ??= at;
    return at >= total;
  });
  return new Blob(parts);
}

/** Repeats an attempt until it returns true. An attempt that ends early or throws a network error is followed by another. */
async function insist(url, { signal, loaded, total }, attempt) {
  let reason = 'the connection ended early';
  for (let failures = 0, pause = FIRST_PAUSE; ; ) {
    const before = loaded();
    const line = watched(signal);
    try {
      if (await attempt(line)) return;
    } catch (error) {
      signal?.throwIfAborted();
      // fetch throws TypeError for network failures. Some browsers tell a reader only that the connection was aborted.
      if (!(error instanceof TypeError) && !line.signal.aborted) throw error;
      reason = (line.signal.aborted ? line.signal.reason : error).message;
    } finally {
      line.end();
    }
    if (loaded() > before) continue;
    failures += 1;
    if (failures > RETRIES) break;
    await new Promise((resolve) => setTimeout(resolve, pause));
    signal?.throwIfAborted();
    pause *= 2;
  }
  const got = `${loaded()} of ${total() ?? 'an unknown number of'} bytes`;
  throw new KokoroError('Download', `${url}: ${reason} after ${got}. Load again to go on from there.`);
}

/** A connection's `signal`, which aborts with the other one and after silence; `waits` is called before more is waited for. */
function watched(signal) {
  const silence = new AbortController();
  const fail = () => silence.abort(new TypeError('the server sent nothing for too long')); // as fetch names network failures
  let timer;
  const end = () => clearTimeout(timer);
  const waits = () => {
    end();
    timer = setTimeout(fail, STALL);
  };
  waits();
  return { signal: AbortSignal.any(signal ? [signal, silence.signal] : [silence.signal]), waits, end };
}

async function request(url, at, signal) {
  const headers = at > 0 ? { Range: `bytes=${at}-` } : {};
  const response = await fetch(url, { headers, signal, cache: 'no-store' });
  if (response.status === 416) return request(url, 0, signal); // the file became shorter
  if (!response.ok) throw new KokoroError('Download', `${url}: the server answered ${response.status} ${response.statusText}`);
  return response;
}

/** The size of the whole file, if it is told, and its version, by an answer that begins at byte `at`. */
function described(response, at) {
  const range = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  const length = response.headers.get('Content-Length');
  // A compressed body is longer than its length says.
  const plain = length && !response.headers.get('Content-Encoding');
  // Another origin's Content-Range is only seen if its server allows it; the length always is.
  const start = response.status === 206 ? at : 0;
  const total = range ? Number(range[1]) : plain ? start + Number(length) : undefined;
  return { total, etag: response.headers.get('ETag') ?? undefined };
}

async function* pieces(response, { signal, waits }) {
  const reader = response.body.getReader();
  try {
    for (;;) {
      waits();
      const { done, value } = await reader.read();
      if (done) return;
      signal.throwIfAborted();
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
