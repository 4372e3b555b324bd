// Files over the net, kept in the origin private file system: a download goes on where it stopped, even after a reload, and a
// second visit needs no network. For workers only, where files can be written in place.
import { KokoroError } from './errors.js';

const FOLDER = 'kokoro-wgpu';
/** Attempts after the connection broke, each where the one before stopped. An attempt that brought something does not count. */
const RETRIES = 4;
const FIRST_PAUSE = 500; // ms, doubled with each attempt

/** The folder of kept files, or undefined where the browser has none, as in some private windows. */
async function folder() {
  try {
    const root = await navigator.storage.getDirectory();
    const kept = await root.getDirectoryHandle(FOLDER, { create: true });
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
    return JSON.parse(await (await (await kept.getFileHandle(`${key}.json`)).getFile()).text());
  } catch {
    return {}; // none yet, or half written
  }
}

async function writeNote(kept, key, note) {
  const access = await (await kept.getFileHandle(`${key}.json`, { create: true })).createSyncAccessHandle();
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
 * `check` is { sha256, hash }: the expected digits, and a function that gives those of a Blob. It is called once for each download.
 */
export async function fetchFile(url, { signal, onprogress = () => {}, check } = {}) {
  signal?.throwIfAborted();
  const whole = async () => {
    const file = await fetchWhole(url, { signal, onprogress });
    if (check) expectHash(url, await check.hash(file), check.sha256);
    return file;
  };
  const kept = await folder();
  if (!kept) return whole();
  const key = await keyOf(url);
  return navigator.locks.request(`kokoro-wgpu ${key}`, { signal }, async () => {
    const handle = await kept.getFileHandle(key, { create: true });
    if (!(await readNote(kept, key)).complete) {
      try {
        await download(url, kept, key, handle, { signal, onprogress });
      } catch (error) {
        if (error?.name !== 'QuotaExceededError') throw error;
        await kept.removeEntry(key);
        return whole();
      }
    }
    const file = await handle.getFile();
    const note = await readNote(kept, key);
    if (check && note.sha256 !== check.sha256) {
      try {
        expectHash(url, await check.hash(file), check.sha256);
      } catch (error) {
        if (error.code === 'WrongFile') await remove(kept, key); // so that loading again downloads it
        throw error;
      }
      await writeNote(kept, key, { ...note, sha256: check.sha256 });
    }
    return file;
  });
}

function expectHash(url, found, expected) {
  if (found === expected) return;
  throw new KokoroError('WrongFile', `${url}: its SHA-256 is ${found}, expected ${expected}. It is not kept.`);
}

async function remove(kept, key) {
  for (const name of [`${key}.json`, key]) await kept.removeEntry(name).catch(() => {}); // it may be absent
}

async function download(url, kept, key, handle, { signal, onprogress }) {
  const access = await handle.createSyncAccessHandle();
  try {
    let note = await readNote(kept, key);
    let at = note.total ? access.getSize() : 0;
    const restart = () => {
      access.truncate(0);
      at = 0;
    };
    if (at === 0) restart();
    await insist(url, { signal, loaded: () => at, total: () => note.total }, async () => {
      const response = await request(url, at, signal);
      const { total, etag } = described(response);
      const resumed = response.status === 206 && note.total === total && (!etag || !note.etag || etag === note.etag);
      if (at > 0 && !resumed) {
        restart();
        if (response.status === 206) return false; // the file has changed: all of it is needed
      }
      note = { url, total, etag };
      if (at === 0) await writeNote(kept, key, note);
      for await (const piece of pieces(response, signal)) {
        access.write(piece, { at });
        at += piece.length;
        onprogress({ loaded: at, total });
      }
      note.total ??= at; // a server that does not tell the size
      return at >= note.total;
    });
    access.flush();
    await writeNote(kept, key, { ...note, complete: true });
  } finally {
    access.close();
  }
}

/** Without a place to keep it, a file is held in memory. */
async function fetchWhole(url, { signal, onprogress }) {
  let parts = [];
  let at = 0;
  let total;
  await insist(url, { signal, loaded: () => at, total: () => total }, async () => {
    const response = await request(url, at, signal);
    if (response.status !== 206) [parts, at] = [[], 0];
    total = described(response).total;
    for await (const piece of pieces(response, signal)) {
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
  for (let failures = 0, pause = FIRST_PAUSE; failures <= RETRIES; ) {
    const before = loaded();
    try {
      if (await attempt()) return;
    } catch (error) {
      signal?.throwIfAborted();
      if (!(error instanceof TypeError)) throw error; // fetch throws TypeError for network failures
      reason = error.message;
    }
    if (loaded() > before) continue;
    failures += 1;
    await new Promise((resolve) => setTimeout(resolve, pause));
    signal?.throwIfAborted();
    pause *= 2;
  }
  const got = `${loaded()} of ${total() ?? 'an unknown number of'} bytes`;
  throw new KokoroError('Download', `${url}: ${reason} after ${got}. Load again to go on from there.`);
}

async function request(url, at, signal) {
  const headers = at > 0 ? { Range: `bytes=${at}-` } : {};
  const response = await fetch(url, { headers, signal, cache: 'no-store' });
  if (response.status === 416) return request(url, 0, signal); // the file became shorter
  if (!response.ok) throw new KokoroError('Download', `${url}: the server answered ${response.status} ${response.statusText}`);
  return response;
}

function described(response) {
  const range = /\/(\d+)$/.exec(response.headers.get('Content-Range') ?? '');
  const length = response.headers.get('Content-Length');
  // A compressed body is longer than its length says.
  const plain = length && !response.headers.get('Content-Encoding');
  const total = range ? Number(range[1]) : plain && response.status === 200 ? Number(length) : undefined;
  return { total, etag: response.headers.get('ETag') ?? undefined };
}

async function* pieces(response, signal) {
  const reader = response.body.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      signal?.throwIfAborted();
      yield value;
    }
  } finally {
    reader.cancel().catch(() => {});
  }
}
