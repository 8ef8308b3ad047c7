// The page of a private conversation: lines, buttons, the box, and what may be sent along.

import { drawn, element, fill, rowOf } from "./lines.js";
import { Ask, place, upload, voice } from "./tools.js";
import { Wire, canStore, forget, myKey, queue } from "./wire.js";

const LONGEST = 4000;
const page = document.querySelector("[data-chat]");
const words = JSON.parse(page.dataset.words);
const no = JSON.parse(page.dataset.no);
const lines = document.getElementById("lines");
const form = document.getElementById("say");
const box = document.getElementById("box");
const banner = document.getElementById("banner");
const problemLine = document.getElementById("problem");
const ask = new Ask(document.getElementById("ask"));
const key = myKey();
const told = new Set(); // ids of our own messages that stand in the transcript
let loaded = false;
let awayTimer = 0;

function problem(sentence, calm = false) {
  problemLine.textContent = sentence;
  problemLine.classList.toggle("error", !calm);
  problemLine.hidden = !sentence;
}

// Down to the end; but what is taller than the space above the box is shown from its beginning.
function toEnd(first) {
  const room = innerHeight - form.offsetHeight - 16;
  const height = first ? lines.lastElementChild.getBoundingClientRect().bottom - first.getBoundingClientRect().top : 0;
  if (height > room) first.scrollIntoView({ block: "start" });
  else scrollTo({ top: document.documentElement.scrollHeight });
}

function pendingOf(id) {
  return lines.querySelector(`[data-said="${CSS.escape(id)}"]`);
}

// Buttons of what stands above go once the visitor has said something: his own line tells which he pressed.
function settleAbove() {
  for (const row of lines.querySelectorAll(".choices")) {
    for (const button of row.querySelectorAll("button")) button.remove();
    if (!row.children.length) row.remove();
  }
}

function press(choice) {
  say({ choice: choice.value, label: choice.label });
}

function showPending(item, note = words.waiting) {
  const text = item.text ?? item.label ?? "";
  const files = item.location ? [{ kind: "location", accuracy: item.location.accuracy }] : item.attachments ?? [];
  const row = drawn({ ours: false, text, attachments: files }, words);
  row.classList.add("waiting");
  row.dataset.said = item.id;
  row.append(element("span", { className: "stamp" }, note));
  lines.append(row);
  return row;
}

function say(message) {
  settleAbove();
  const row = showPending(wire.say(message));
  row.focus({ preventScroll: true });
  toEnd(row);
}

// Its buttons stay away once they were settled.
function showChanged(line, old) {
  if (line.changed) old?.replaceWith(drawn(line, words, old.querySelector(".choices") && press));
  return null;
}

function showLine(line) {
  const old = rowOf(line, lines);
  if (line.changed || old) return showChanged(line, old);
  if (!line.ours) {
    settleAbove();
    told.add(line.said);
    pendingOf(line.said ?? "")?.remove();
  }
  const row = drawn(line, words, press);
  const focused = !line.ours && document.activeElement === document.body;
  const waiting = lines.querySelector("[data-said]");
  if (waiting) waiting.before(row);
  else lines.append(row);
  if (focused && loaded) row.focus({ preventScroll: true });
  return row;
}

const wire = new Wire({
  key,
  on: {
    lines(some) {
      const near = innerHeight + scrollY > document.documentElement.scrollHeight - innerHeight / 2;
      const rows = some.map(showLine).filter(Boolean);
      if (loaded && near && rows.length) toEnd(rows[0]);
    },
    ready() {
      if (loaded) return;
      loaded = true;
      for (const item of queue()) if (!told.has(item.id) && !pendingOf(item.id)) showPending(item);
      if (lines.querySelector("li.mine")) toEnd(lines.lastElementChild);
      lines.setAttribute("aria-live", "polite");
      page.dataset.ready = "1";
      fromLink();
    },
    got(id) {
      problem("");
      const row = pendingOf(id);
      row?.classList.remove("waiting");
      row?.querySelector(".stamp")?.remove();
    },
    no(id, why, item) {
      problem(no[why] ?? no.bad, why === "later" || why === "slow");
      if (!id) return;
      pendingOf(id)?.remove();
      if (item?.text && !box.value) { box.value = item.text; grow(); }
    },
    away() {
      clearTimeout(awayTimer);
      awayTimer = setTimeout(() => { banner.textContent = words.away; banner.hidden = false; }, 2000);
    },
    back() {
      clearTimeout(awayTimer);
      banner.hidden = canStore();
      banner.textContent = banner.hidden ? "" : words.no_storage;
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

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = box.value.trim();
  if (!text) { problem(no.empty); box.focus(); return; }
  if (text.length > LONGEST) { problem(no.too_long); box.focus(); return; }
  problem("");
  box.value = "";
  grow();
  say({ text });
});

box.addEventListener("input", grow);
box.addEventListener("keydown", (event) => {
  const send = event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches;
  if (send) { event.preventDefault(); form.requestSubmit(); }
});

async function sendFile(file, kind) {
  problem(fill(words.uploading, file.name), true);
  try {
    const kept = await upload(file, kind, key);
    problem("");
    say({ attachments: [kept] });
  } catch (error) {
    problem(no[error.message] ?? no.upload_failed);
  }
}

const picker = document.getElementById("picker");
document.getElementById("photo").addEventListener("click", () => picker.click());
picker.addEventListener("change", async () => {
  for (const file of picker.files) await sendFile(file, "file");
  picker.value = "";
});
voice(document.getElementById("voice"), ask, words, sendFile, problem);
place(document.getElementById("place"), ask, words, (spot) => say({ location: spot }), problem);

document.getElementById("ticket").addEventListener("submit", (event) => {
  event.preventDefault();
  const code = event.target.elements.code.value.trim();
  if (!code) return;
  event.target.reset();
  event.target.closest("details").open = false;
  say({ text: fill(words.ticket, code) });
});

document.getElementById("forget").addEventListener("click", () => {
  if (!confirm(words.forget_sure)) return;
  forget();
  location.assign("/");
});

for (const button of lines.querySelectorAll("button[data-say]")) {
  button.addEventListener("click", () => {
    if (button.dataset.start) say({ start: button.dataset.start, label: words.start_tip });
    else say({ text: button.dataset.say });
  });
}
