// The page's service worker: keeps the page's own files, so that a later visit needs no network. While there is one, it decides.
// Models and voices are kept by the package.
const CACHE = 'kokoro-page';
// What a visit loads before this sees it. The dictionaries are kept by the package.
const FIRST = [
  './', 'demo.js', 'icon.svg', 'picture.js', 'player.js', 'player-worklet.js', 'style.css', 'kokoro/errors.js', 'kokoro/files.js',
  'kokoro/kokoro.js', 'kokoro/wav.js', 'kokoro/worker.js', 'kokoro/wasm/engine.js', 'kokoro/wasm/engine_bg.wasm', 'kokoro/wasm/text.js',
  'kokoro/wasm/text-zh.js', 'kokoro/wasm/versions.js',
];

self.onfetch = (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const root = new URL('./', self.location).pathname;
  const inside = origin === self.location.origin && pathname.startsWith(root) && !pathname.startsWith(`${root}model/`);
  const whole = event.request.method === 'GET' && !event.request.headers.has('Range') && !pathname.endsWith('.gz');
  if (inside && whole) event.respondWith(answer(event));
};

self.oninstall = (event) => {
  self.skipWaiting();
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll(FIRST)));
};
self.onactivate = (event) => event.waitUntil(self.clients.claim());

async function answer(event) {
  const { request } = event;
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) event.waitUntil(cache.put(request, response.clone()).catch(() => {})); // the disk may be full
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
