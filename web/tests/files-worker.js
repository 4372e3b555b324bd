// Calls files.js, which needs a worker. With the expected SHA-256, also tells how often it was computed for that.
// `hurry`: timers run out so many times sooner. `collect`: garbage is collected during each call of a handle.
import { fetchFile } from '/kokoro/files.js';

async function hash(blob) {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
  return [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('');
}

/** Makes each call of a handle's methods collect garbage before it has an answer. */
function collectDuringCalls({ prototype }) {
  for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(prototype))) {
    if (typeof value !== 'function' || name === 'constructor') continue;
    prototype[name] = function (...args) {
      const answer = value.apply(this, args);
      Promise.resolve().then(() => gc());
      return answer;
    };
  }
}

onmessage = async ({ data: { url, sha256, version, storage, hurry = 1, collect } }) => {
  // As in private windows of some browsers.
  if (storage === 'none') StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException('', 'SecurityError'));
  if (collect) [FileSystemHandle, FileSystemFileHandle, FileSystemDirectoryHandle].forEach(collectDuringCalls);
  const wait = self.setTimeout;
  self.setTimeout = (call, ms) => wait(call, ms / hurry);
  let hashed = 0;
  const start = () => {
    const parts = [];
    return { update: (piece) => parts.push(piece.slice()), finish: () => (hashed += 1) && hash(new Blob(parts)) };
  };
  // What has arrived is told to the server, which breaks connections then.
  const onprogress = ({ loaded }) => fetch(`${url.replace('/faulty/', '/arrived/')}/${loaded}`, { mode: 'no-cors' }).catch(() => {});
  const check = sha256 && { sha256, hash: (blob) => (hashed += 1) && hash(blob), start };
  try {
    const file = await fetchFile(url, { check, version, onprogress });
    postMessage({ size: file.size, sha256: await hash(file), ...(sha256 && { hashed }) });
  } catch (error) {
    postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
};
