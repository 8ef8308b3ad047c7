// Behind /chat: when there is no network, the page still opens, from SHELL (which the service writes above these lines).
// Only the page as everybody gets it and its files are kept; nothing of a conversation ever passes through here.

const NAME = `trian-${SHELL.version}`;
const PATIENCE = 10_000;

async function fill() {
  const kept = await caches.open(NAME);
  const asked = (url) => new Request(url, { credentials: "omit", cache: "no-cache" });
  await kept.addAll([SHELL.page, ...SHELL.files].map(asked));
  await self.skipWaiting();
}

async function tidy() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("trian-") && name !== NAME).map((name) => caches.delete(name)));
  await self.clients.claim();
}

// The page: from the network while that answers in time, so that what is shown is never older than what could be had.
async function page(request) {
  const kept = await caches.match(SHELL.page);
  const asked = fetch(request);
  if (!kept) return asked;
  const late = new Promise((resolve) => setTimeout(resolve, PATIENCE, kept));
  return Promise.race([asked.then((answer) => (answer.status < 500 ? answer : kept), () => kept), late]);
}

// A file of the shell has its version in its address: what is kept is what the network would give.
async function file(request) {
  return (await caches.match(request.url)) ?? fetch(request);
}

self.addEventListener("install", (event) => event.waitUntil(fill()));
self.addEventListener("activate", (event) => event.waitUntil(tidy()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate" && url.pathname === SHELL.page) event.respondWith(page(request));
  else if (SHELL.files.includes(url.pathname + url.search)) event.respondWith(file(request));
});
