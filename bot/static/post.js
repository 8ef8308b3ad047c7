// Photos, papers and recordings on their way. Each stays in IndexedDB until the service has confirmed the message it goes
// with: a lost connection, a full allowance or a closed page only make it wait. What was chosen together goes together.

import * as keep from "./keep.js";
import { newId, queue } from "./store.js";

const TOGETHER = 10;
const LARGEST = 25_000_000;
const DAY = 24 * 3600 * 1000; // an upload that old may be gone
const PAUSES = [3, 10, 30, 60];
const STALLED = 90_000;
const REFUSALS = { 400: "bad", 403: "bad", 413: "too_big" };
const OPEN = ["waits", "away", "slow"];

// {kept} · {why}: never · {wait}: in so many seconds · {}: the line broke
function upload(file, key, moved) {
  const asking = new XMLHttpRequest();
  const body = new FormData();
  body.append("file", new Blob([file.blob], { type: file.type }), file.name);
  asking.open("POST", "/chat/upload");
  asking.setRequestHeader("X-Chat-Key", key);
  let stalled = 0;
  const alive = () => { clearTimeout(stalled); stalled = setTimeout(() => asking.abort(), STALLED); };
  asking.upload.onprogress = (event) => { alive(); moved(event.loaded / (event.total || 1)); };
  const answered = new Promise((resolve) => {
    asking.onloadend = () => { clearTimeout(stalled); resolve(read(asking)); };
  });
  alive();
  asking.send(body);
  return { answered, stop: () => asking.abort() };
}

function read(asking) {
  let answer = {};
  try { answer = JSON.parse(asking.responseText); } catch { /* from a proxy, or nothing */ }
  if (asking.status === 200 && answer.key) return { kept: answer };
  if (asking.status === 429) return { wait: Number(asking.getResponseHeader("Retry-After")) || 30 };
  return REFUSALS[asking.status] ? { why: answer.why === "empty" ? "empty_file" : REFUSALS[asking.status] } : {};
}

async function readable(blob) {
  try { return Boolean(await blob.slice(0, 1).arrayBuffer()); } catch { return false; }
}

// say(message) gives the message to the line and returns it; on: { changed(files), unsafe() }
export class Post {
  constructor({ key, say, on }) {
    Object.assign(this, { key, say, on, files: new Map(), held: new Map(), running: false, timer: 0, tries: 0, going: null });
    addEventListener("online", () => this.hurry());
  }

  // In the order in which they were given.
  list() {
    return [...this.files.values()].sort((a, b) => a.at - b.at || a.number - b.number);
  }

  async restore() {
    const batches = new Set((await keep.all("files")).map((file) => file.batch));
    for (const batch of batches) keep.alone(batch, (done) => this.adopt(batch, done));
    const recordings = new Set((await keep.all("pieces")).map((piece) => piece.file));
    for (const id of recordings) keep.alone(id, (done) => this.rescue(id, done));
  }

  // All that was chosen together, before any of it goes. Those whose message is no longer in the queue have arrived.
  async adopt(batch, done) {
    for (const file of await keep.all("files")) {
      if (file.batch !== batch || this.files.has(file.id)) continue;
      if (file.kept && !file.said && Date.now() - file.keptAt > DAY) file.kept = null;
      if (file.state === "goes") file.state = "waits";
      this.files.set(file.id, file);
    }
    this.hold(batch, done);
    for (const file of this.list()) if (file.said && !queue().some((item) => item.id === file.said)) this.finish(file);
    this.on.changed();
    this.hurry();
  }

  // A recording that was still running when the page went away.
  async rescue(id, done) {
    const found = this.files.has(id) ? [] : await keep.pieces(id);
    if (!found.length) return done();
    const { name, type, at } = found[0];
    const blob = new Blob(found.map((piece) => piece.blob), { type });
    this.take({ id, batch: id, number: 0, kind: "voice", name, type, size: blob.size, at, blob, state: "asked" });
    this.hold(id, done);
    void keep.dropPieces(id);
  }

  // No other open page takes the batch up until its last file is through.
  hold(batch, done) {
    this.held.set(batch, done);
    this.release(batch);
  }

  release(batch) {
    if (this.list().some((file) => file.batch === batch)) return;
    this.held.get(batch)?.();
    this.held.delete(batch);
  }

  add(files, kind, { id = newId(), state = "waits", done } = {}) {
    const at = Date.now();
    const made = files.map((file, number) => ({
      id: number ? newId() : id, batch: id, number, kind, name: file.name || kind, type: file.type, size: file.size, at, blob: file,
      state: file.size > LARGEST ? "refused" : state, why: file.size > LARGEST ? "too_big" : "",
    }));
    for (const file of made) {
      this.files.set(file.id, file);
    }
    if (done) this.hold(id, done);
    else keep.alone(id, (end) => this.hold(id, end));
    this.on.changed();
    this.hurry();
    return this.saveAll(made);
  }

  async take(file) {
    this.files.set(file.id, file);
    this.on.changed();
    await this.save(file);
  }

  // Returns whether all of them would outlive the page.
  async saveAll(files) {
    for (const file of files) await this.save(file);
    return !files.some((file) => file.loose);
  }

  async save(file) {
    if (!this.files.has(file.id)) return;
    const { part, ...kept } = file;
    if (!(await keep.put("files", kept))) { file.loose = true; this.on.unsafe(); }
    if (!this.files.has(file.id)) await keep.drop("files", file.id); // it was finished meanwhile
  }

  mark(file, state, why = "") {
    Object.assign(file, { state, why });
    this.on.changed();
    return this.save(file);
  }

  hurry() {
    this.tries = 0;
    void this.run();
  }

  // One after the other, so that a thin line carries at least one.
  async run() {
    if (this.running) return;
    this.running = true;
    clearTimeout(this.timer);
    for (let next = this.next(); next; next = this.next()) {
      const pause = await this.send(next);
      this.gather(pause > 0);
      if (pause) { this.timer = setTimeout(() => this.run(), pause * 1000); break; }
    }
    this.running = false;
    this.gather();
  }

  next() {
    return this.list().find((file) => OPEN.includes(file.state) && !file.kept);
  }

  // Returns the seconds to wait before the next.
  async send(file) {
    this.mark(file, "goes");
    this.going = { file, ...upload(file, this.key, (part) => { file.part = part; this.on.changed(); }) };
    const { kept, why, wait } = await this.going.answered;
    this.going = null;
    file.part = 0;
    if (!this.files.has(file.id)) return 0;
    if (kept) {
      Object.assign(file, { kept: { ...kept, kind: file.kind }, keptAt: Date.now() });
      this.tries = 0;
      this.mark(file, "waits");
    } else if (why || !(await readable(file.blob))) {
      this.mark(file, "refused", why || "unreadable");
    } else {
      this.mark(file, wait ? "slow" : "away");
      return wait ?? PAUSES[Math.min(this.tries++, PAUSES.length - 1)];
    }
    return 0;
  }

  // Say what has been taken: ten together, or fewer when nothing of the kind is left or the rest has to wait.
  gather(forced = false) {
    const ready = new Map();
    for (const file of this.list()) {
      if (!ready.has(file.batch)) ready.set(file.batch, { taken: [], left: 0 });
      if (file.kept && !file.said) ready.get(file.batch).taken.push(file);
      else if (OPEN.includes(file.state) && !file.said) ready.get(file.batch).left += 1;
    }
    for (const [batch, { taken, left }] of ready) {
      while (taken.length >= TOGETHER || (taken.length && (forced || !left))) this.tell(batch, taken.splice(0, TOGETHER));
    }
  }

  tell(batch, files) {
    const item = this.say({ attachments: files.map((file) => file.kept), album: batch });
    for (const file of files) {
      file.said = item.id;
      this.mark(file, "said");
    }
  }

  // The service has the message `id`.
  got(id) {
    for (const file of this.list()) if (file.said === id) this.finish(file);
  }

  // It will not take it: the files stay, to be sent again.
  no(id, why) {
    for (const file of this.list()) {
      if (file.said !== id) continue;
      Object.assign(file, { said: null, kept: null });
      this.mark(file, "refused", why);
    }
  }

  // «Gửi», or «Gửi lại» at once.
  again(file) {
    if (file.state !== "said") this.mark(file, "waits");
    this.hurry();
  }

  finish(file) {
    if (this.going?.file === file) this.going.stop();
    this.files.delete(file.id);
    void Promise.all([keep.drop("files", file.id), keep.dropPieces(file.id)]).then(() => this.release(file.batch));
    this.on.changed();
    this.gather();
  }
}
