// What must be at hand at once: who this browser is, what it has said and not yet seen confirmed, and how it likes its page.
// In localStorage. What that does not take (it is full, or forbidden) is held in memory, which is newer than what it gives.

import * as keep from "./keep.js";

const KEY = "trian.key";
const QUEUE = "trian.queue";
const held = new Map();
let keeping = Promise.resolve();

export function recall(name) {
  if (held.has(name)) return held.get(name);
  try { return localStorage.getItem(name); } catch { return null; }
}

export function remember(name, value) {
  try {
    localStorage.setItem(name, value);
    held.delete(name);
    return true;
  } catch {
    held.set(name, value);
    return false;
  }
}

export function forgetOne(name) {
  held.delete(name);
  try { localStorage.removeItem(name); } catch { /* nothing was kept */ }
}

function random(bytes) {
  return crypto.getRandomValues(new Uint8Array(bytes));
}

export function newId() {
  return Array.from(random(12), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function myKey() {
  let key = recall(KEY);
  if (!key) {
    key = btoa(String.fromCharCode(...random(32))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=/g, "");
    remember(KEY, key);
  }
  return key;
}

// «»: all is well · «full»: this browser is known again, but nothing new is kept · «none»: it is not known again.
export function trouble() {
  if (remember("trian.probe", "1")) return "";
  return held.has(KEY) ? "none" : "full";
}

export function forget() {
  for (const name of [KEY, QUEUE]) forgetOne(name);
  return keep.dropAll();
}

export function queue() {
  try { return JSON.parse(recall(QUEUE) ?? "[]"); } catch { return []; }
}

function wait(items) {
  if (items.length) return remember(QUEUE, JSON.stringify(items));
  forgetOne(QUEUE);
  return true;
}

export function enqueue(say) {
  const item = { id: newId(), ...say };
  if (!wait([...queue(), item])) keeping = keep.put("said", item);
  return item;
}

// Once this has come, what was said is as safe as it gets.
export function settled() {
  return keeping;
}

export function dequeue(id) {
  wait(queue().filter((item) => item.id !== id));
  void keep.drop("said", id);
}

// What was said while localStorage was full, and the page was closed; returns what is new.
export async function requeue() {
  const known = queue();
  const found = (await keep.all("said")).filter((item) => !known.some((one) => one.id === item.id));
  if (found.length) wait([...queue(), ...found]);
  return found;
}
