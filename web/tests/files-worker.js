// Calls files.js, which needs a worker.
import { fetchFile } from '/kokoro/files.js';

onmessage = async ({ data: url }) => {
  try {
    const bytes = new Uint8Array(await (await fetchFile(url)).arrayBuffer());
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    postMessage({ size: bytes.length, sha256: [...digest].map((byte) => byte.toString(16).padStart(2, '0')).join('') });
  } catch (error) {
    postMessage({ error: `${error.code ?? error.name}: ${error.message}` });
  }
};
