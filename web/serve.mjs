// A static server on loopback, with byte ranges, so that a download can go on.
// usage: node serve.mjs PORT PREFIX=FOLDER ...    the longest matching prefix counts; FOLDER may be a single file
import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, posix } from 'node:path';
import { pathToFileURL } from 'node:url';

const TYPES = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

/** Serves `mounts`, pairs of a prefix and a folder. `before(request, response)` may answer first, and then returns true. */
export async function serve(mounts, { port = 0, before = () => false } = {}) {
  const sorted = [...mounts].sort(([a], [b]) => b.length - a.length);
  const server = createServer((request, response) => {
    if (before(request, response)) return;
    const path = posix.normalize(decodeURIComponent(new URL(request.url, 'http://localhost').pathname));
    const [prefix, folder] = sorted.find(([prefix]) => path.startsWith(prefix)) ?? [];
    const rest = path.slice(prefix?.length) + (path.endsWith('/') ? 'index.html' : '');
    sendFile(request, response, folder && (rest ? join(folder, rest) : folder));
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, close: () => server.close() };
}

function sendFile(request, response, file) {
  const found = file && statSync(file, { throwIfNoEntry: false });
  if (!found?.isFile()) {
    response.writeHead(404, { 'Content-Type': 'text/plain' }).end(`${request.url} is not here\n`);
    return;
  }
  const { size, mtimeMs } = found;
  const headers = {
    'Content-Type': TYPES[extname(file)] ?? 'application/octet-stream',
    'Accept-Ranges': 'bytes',
    'Cache-Control': 'no-cache',
    ETag: `"${size}-${mtimeMs}"`,
  };
  const [, first] = /^bytes=(\d+)-$/.exec(request.headers.range ?? '') ?? [];
  const start = Number(first ?? 0);
  if (first !== undefined && start >= size) {
    response.writeHead(416, { 'Content-Range': `bytes */${size}` }).end();
    return;
  }
  headers['Content-Length'] = size - start;
  if (first !== undefined) headers['Content-Range'] = `bytes ${start}-${size - 1}/${size}`;
  response.writeHead(first === undefined ? 200 : 206, headers);
  if (request.method === 'HEAD') response.end();
  else createReadStream(file, { start }).on('error', () => response.destroy()).pipe(response);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [port, ...mounts] = process.argv.slice(2);
  const { url } = await serve(mounts.map((mount) => mount.split('=')), { port: Number(port) });
  console.log(`serving ${url} (Ctrl+C ends it)`);
}
