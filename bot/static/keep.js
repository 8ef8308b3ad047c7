// What is too large or too important for localStorage: photos and recordings not yet sent, half-written words, and what
// was said while localStorage was full. In IndexedDB. Where that is refused too, nothing throws: the answer is false.

const NAME = "trian";
const KEYS = { files: "id", pieces: ["file", "number"], said: "id", drafts: "id" };
let opened = null;

function open() {
  opened ??= new Promise((resolve, reject) => {
    const asked = indexedDB.open(NAME, 1);
    asked.onupgradeneeded = () => {
      for (const [name, keyPath] of Object.entries(KEYS)) asked.result.createObjectStore(name, { keyPath });
    };
    asked.onsuccess = () => {
      asked.result.onversionchange = () => asked.result.close();
      resolve(asked.result);
    };
    asked.onerror = () => reject(asked.error);
    asked.onblocked = () => reject(new Error("blocked"));
  });
  return opened;
}

async function run(name, mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const work = database.transaction(name, mode);
    const asked = act(work.objectStore(name));
    work.oncomplete = () => resolve(asked.result);
    work.onerror = work.onabort = () => reject(work.error);
    work.commit?.(); // at once: the page may be leaving
  });
}

function written(name, act) {
  return run(name, "readwrite", act).then(() => true, () => false);
}

export function put(name, value) {
  return written(name, (store) => store.put(value));
}

export function drop(name, key) {
  return written(name, (store) => store.delete(key));
}

export function get(name, key) {
  return run(name, "readonly", (store) => store.get(key)).catch(() => undefined);
}

export function all(name) {
  return run(name, "readonly", (store) => store.getAll()).catch(() => []);
}

// The pieces of one recording, in order.
export function pieces(file) {
  return run("pieces", "readonly", (store) => store.getAll(of(file))).catch(() => []);
}

export function dropPieces(file) {
  return written("pieces", (store) => store.delete(of(file)));
}

function of(file) {
  return IDBKeyRange.bound([file], [file, []]);
}

export function dropAll() {
  return Promise.all(Object.keys(KEYS).map((name) => written(name, (store) => store.clear())));
}

// Only one open page sends what is kept: act(done) is called once nobody else has it, and holds it until done() is called.
export function alone(id, act) {
  if (!navigator.locks) return void act(() => {});
  void navigator.locks.request(`trian.${id}`, () => new Promise((done) => act(done)));
}
