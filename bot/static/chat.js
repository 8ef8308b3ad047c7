// The page of a private conversation: lines, buttons, the box, and what may be sent along.

import { Aloud } from "./aloud.js";
import { Dock } from "./dock.js";
import { Draft } from "./draft.js";
import { drawn, element, fill, rowOf } from "./lines.js";
import { Post } from "./post.js";
import { Spot } from "./spot.js";
import { forget, myKey, queue, requeue, trouble } from "./store.js";
import { Ask, here, voice } from "./tools.js";
import { Unsent } from "./unsent.js";
import { Wire } from "./wire.js";

const LONGEST = 4000;
const TALLEST = 0.66; // of the window
const page = document.querySelector("[data-chat]");
const words = JSON.parse(page.dataset.words);
const no = JSON.parse(page.dataset.no);
const log = document.getElementById("log");
const lines = document.getElementById("lines");
const form = document.getElementById("say");
const box = document.getElementById("box");
const banner = document.getElementById("banner");
const problemLine = document.getElementById("problem");
const ask = new Ask(document.getElementById("ask"));
const dock = new Dock(document.getElementById("choices"), words);
const aloud = new Aloud(words);
const draft = new Draft(box);
const key = myKey();
const told = new Set(); // ids of our own messages that stand in the transcript
let loaded = false;
let leaving = false;
let awayTimer = 0;

function problem(sentence, calm = false) {
  problemLine.textContent = sentence;
  problemLine.classList.toggle("error", !calm);
  problemLine.hidden = !sentence;
}

// What is wrong with the line or the browser's memory, until it is well again.
function sayTrouble(away = false) {
  const wrong = away ? "away" : { none: "no_storage", full: "full" }[trouble()];
  banner.textContent = wrong ? words[wrong] : "";
  banner.hidden = !wrong;
}

// How much of the window the box takes, for what is scrolled to; where it takes too much, it does not stand above the rest.
function measure() {
  const loose = form.offsetHeight > innerHeight * TALLEST;
  form.classList.toggle("loose", loose);
  document.documentElement.style.setProperty("--bar", `${loose ? 0 : form.offsetHeight}px`);
}

// Down to the end; but what is taller than the space above the box is shown from its beginning.
function toEnd(first) {
  measure();
  const room = innerHeight - form.offsetHeight - 16;
  const height = first ? lines.lastElementChild.getBoundingClientRect().bottom - first.getBoundingClientRect().top : 0;
  if (first && height > room) first.scrollIntoView({ block: "start" });
  else scrollTo({ top: document.documentElement.scrollHeight });
}

function isNear() {
  return innerHeight + scrollY > document.documentElement.scrollHeight - innerHeight / 2;
}

function pendingOf(id) {
  return lines.querySelector(`[data-said="${CSS.escape(id)}"]`);
}

// Buttons of what stands above go once the visitor has said something: his own line tells which he pressed.
function settleAbove() {
  dock.settle();
  for (const row of lines.querySelectorAll(".choices")) {
    for (const button of row.querySelectorAll("button")) button.remove();
    if (!row.children.length) row.remove();
  }
}

function press(choice) {
  say({ choice: choice.value, label: choice.label });
}

function showPending(item, note = words.waiting) {
  const text = item.text || item.label || "";
  const place = item.location && { kind: "location", ...item.location };
  const row = drawn({ ours: false, text, attachments: place ? [place] : (item.attachments ?? []).map(kindOf) }, words);
  row.classList.add("waiting");
  row.dataset.said = item.id;
  row.append(element("span", { className: "stamp" }, note));
  lines.append(row);
  return row;
}

// As the service will call what was uploaded.
function kindOf(file) {
  const kind = { image: "photo", video: "video", audio: file.kind === "voice" ? "voice" : "audio" }[file.mime.split("/")[0]];
  return { ...file, kind: kind ?? "file" };
}

function said(message) {
  const item = wire.say(message);
  if (trouble()) sayTrouble();
  return item;
}

function say(message) {
  settleAbove();
  aloud.stop();
  const row = showPending(said(message));
  row.focus({ preventScroll: true });
  toEnd(row);
}

// Photos go when their turn comes: that is no reason to take away the buttons of what is being asked meanwhile.
function sayFiles(message) {
  const near = isNear();
  const item = said(message);
  const row = showPending(item);
  if (near) toEnd(row);
  return item;
}

// Its buttons stay away once they were settled.
function showChanged(line, old) {
  if (!line.changed || !old) return null;
  const docked = dock.row === old;
  const row = drawn(line, words, (docked || old.querySelector(".choices")) && press);
  if (docked) dock.leave([]);
  old.replaceWith(row);
  if (docked) dock.take(row);
  aloud.offer(row);
  return null;
}

function answered(row) {
  for (let next = row?.nextElementSibling; next; next = next.nextElementSibling) if (next.matches(".mine")) return true;
  return false;
}

function showOurs(row) {
  if (answered(dock.row)) dock.settle();
  dock.take(row);
  aloud.offer(row);
}

function showLine(line) {
  const old = rowOf(line, lines);
  if (line.changed || old) return showChanged(line, old);
  if (!line.ours) {
    if (line.text) settleAbove();
    told.add(line.said);
    pendingOf(line.said ?? "")?.remove();
  }
  const row = drawn(line, words, press);
  const focused = !line.ours && document.activeElement === document.body;
  const waiting = lines.querySelector("[data-said]");
  if (waiting) waiting.before(row);
  else lines.append(row);
  if (line.ours) showOurs(row);
  if (focused && loaded) row.focus({ preventScroll: true });
  return row;
}

function showQueue(items) {
  for (const item of items) if (!told.has(item.id) && !pendingOf(item.id)) showPending(item);
}

const wire = new Wire({
  key,
  on: {
    lines(some) {
      const near = isNear();
      const rows = some.map(showLine).filter(Boolean);
      if (loaded && near && rows.length) toEnd(rows[0]);
    },
    ready() {
      if (loaded) return;
      loaded = true;
      showQueue(queue());
      if (lines.querySelector("li.mine")) toEnd(lines.lastElementChild);
      log.setAttribute("aria-live", "polite");
      page.dataset.ready = "1";
      fromLink();
    },
    got(id) {
      problem("");
      post.got(id);
      const row = pendingOf(id);
      row?.classList.remove("waiting");
      row?.querySelector(".stamp")?.remove();
    },
    no(id, why, item) {
      problem(no[why] ?? no.bad, why === "later" || why === "slow");
      if (!id) return;
      pendingOf(id)?.remove();
      post.no(id, why);
      if (item?.text && !box.value) restore(item.text);
    },
    away() {
      clearTimeout(awayTimer);
      awayTimer = setTimeout(() => sayTrouble(true), navigator.onLine ? 2000 : 0);
    },
    back() {
      clearTimeout(awayTimer);
      sayTrouble();
      post.hurry();
    },
  },
});

function fromLink() {
  const query = new URLSearchParams(location.search);
  if (!query.has("bao-tin")) return;
  history.replaceState(null, "", "/chat");
  say({ start: "tip", label: words.start_tip });
}

function grow() {
  box.rows = Math.min(6, Math.max(1, box.value.split("\n").length));
}

function restore(text) {
  box.value = text;
  grow();
  void draft.save();
}

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) { problem(no.empty); box.focus(); return; }
  if (text.length > LONGEST) { problem(no.too_long); box.focus(); return; }
  problem("");
  restore("");
  say({ text });
});

// «Gửi» of the phone's keyboard is Enter. Some keyboards tell only of the line break that Enter would make.
let shifted = false;
function isEnter(event) {
  shifted = event.shiftKey;
  return event.key === "Enter" && !event.shiftKey && !event.isComposing && event.keyCode !== 229;
}

box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  if (isEnter(event)) { event.preventDefault(); form.requestSubmit(); }
});
box.addEventListener("beforeinput", (event) => {
  if (event.inputType !== "insertLineBreak" || shifted) return;
  event.preventDefault();
  form.requestSubmit();
});

// Photos, papers and recordings

const unsent = new Unsent(document.getElementById("unsent"), words, no, {
  again: (file) => post.again(file),
  drop: (file) => { if (file.kind !== "voice" || confirm(words.drop_sure)) post.finish(file); },
});
const post = new Post({
  key,
  say: sayFiles,
  on: {
    changed: () => unsent.show(post.list()),
    unsafe: () => problem(words.unsafe),
  },
});

const picker = document.getElementById("picker");
document.getElementById("photo").addEventListener("click", () => picker.click());
picker.addEventListener("change", () => {
  problem("");
  void post.add([...picker.files], "file");
  picker.value = "";
  toEnd();
});
const isRecording = voice(document.getElementById("voice"), words, recorded, problem);
here(document.getElementById("place"), ask, words, (spot) => say({ location: spot }), problem);
const spotDialog = document.getElementById("spot-dialog");
const spotData = { map: JSON.parse(spotDialog.dataset.files), names: spotDialog.dataset.names };
void new Spot(spotDialog, document.getElementById("spot"), words, spotData, say);

function recorded(file, own, length) {
  const kept = post.add([file], "voice", { ...own, state: "asked" });
  problem(fill(words.recorded, length), true);
  toEnd();
  unsent.focus(own.id);
  return kept;
}

// The rest of the page

const ticket = document.getElementById("ticket");
ticket.addEventListener("submit", (event) => {
  event.preventDefault();
  const code = ticket.elements.ma.value.trim();
  if (!code) return;
  ticket.reset();
  ticket.closest("details").open = false;
  say({ text: fill(words.ticket, code) });
});
// After the browser has gone to it itself, which would take the focus away again.
addEventListener("load", () => setTimeout(() => {
  if (location.hash !== "#ticket") return;
  ticket.closest("details").open = true;
  ticket.elements.ma.focus();
}));

document.getElementById("forget").addEventListener("click", async () => {
  if (!confirm(words.forget_sure)) return;
  leaving = true;
  await forget();
  location.assign("/");
});

for (const button of lines.querySelectorAll("button[data-say]")) {
  button.addEventListener("click", () => {
    if (button.dataset.start) say({ start: button.dataset.start, label: words.start_tip });
    else say({ text: button.dataset.say });
  });
}
for (const row of lines.querySelectorAll("li.ours")) aloud.offer(row);

addEventListener("beforeunload", (event) => {
  const unfinished = queue().length || post.files.size || isRecording() || (box.value && !draft.safe);
  if (!unfinished || leaving) return;
  event.preventDefault();
  event.returnValue = true; // older browsers
});

new ResizeObserver(measure).observe(form);
addEventListener("resize", measure);
showQueue(queue());
void requeue().then((found) => { showQueue(found); wire.flush(); });
void draft.restore().then(grow);
void post.restore();
if (navigator.serviceWorker) void navigator.serviceWorker.register("/chat-sw.js", { scope: "/chat" }).catch(() => {});
