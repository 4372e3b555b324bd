// The page's service worker: keeps the page's own files, so that a later visit needs no network. While there is one, it decides.
// Models and voices are kept by the package.
const CACHE = 'kokoro-page';

self.onfetch = (event) => {
  const { origin, pathname } = new URL(event.request.url);
  const root = new URL('./', self.location).pathname;
  const inside = origin === self.location.origin && pathname.startsWith(root) && !pathname.startsWith(`${root}model/`);
  if (event.request.method === 'GET' && inside) event.respondWith(answer(event.request));
};

self.oninstall = () => self.skipWaiting();
self.onactivate = (event) => event.waitUntil(self.clients.claim());

async function answer(request) {
  const cache = await caches.open(CACHE);
  try {
    const response = await fetch(request);
    if (response.ok) await cache.put(request, response.clone());
    return response;
  } catch (error) {
    const kept = await cache.match(request, { ignoreSearch: true });
    if (kept) return kept;
    throw error;
  }
}
