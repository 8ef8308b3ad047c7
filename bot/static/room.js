// The page of a notice room: new posts appear; what is asked or answered here goes to the visitor's private conversation.

import { drawn, rowOf } from "./lines.js";
import { enqueue, myKey, settled } from "./store.js";
import { Wire } from "./wire.js";

const LONGEST = 4000;
const page = document.querySelector("[data-room]");
const words = JSON.parse(page.dataset.words);
const no = JSON.parse(page.dataset.no);
const lines = document.getElementById("lines");
const banner = document.getElementById("banner");
const form = document.getElementById("ask");
const problem = document.getElementById("problem");
let awayTimer = 0;

function privately(message) {
  myKey();
  enqueue({ ...message, room: page.dataset.room });
  void settled().then(() => location.assign("/chat"));
}

function press(choice) {
  privately({ choice: choice.value, label: choice.label });
}

for (const button of lines.querySelectorAll("button[data-value]")) {
  button.addEventListener("click", () => press({ value: button.dataset.value, label: button.textContent }));
}

new Wire({
  room: page.dataset.room,
  roomAfter: Number(page.dataset.after),
  on: {
    lines(some) {
      for (const line of some) {
        const old = rowOf(line, lines);
        if (line.changed ? !old : old) continue;
        const row = drawn(line, words, press);
        if (old) old.replaceWith(row);
        else lines.prepend(row);
        document.getElementById("empty")?.remove();
      }
    },
    ready() { page.dataset.ready = "1"; },
    away() { clearTimeout(awayTimer); awayTimer = setTimeout(() => { banner.textContent = words.away; banner.hidden = false; }, 2000); },
    back() { clearTimeout(awayTimer); banner.hidden = true; },
  },
});

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const text = form.elements.text.value.trim();
  problem.textContent = !text ? no.empty : text.length > LONGEST ? no.too_long : "";
  problem.hidden = !problem.textContent;
  if (problem.textContent) { form.elements.text.focus(); return; }
  form.reset();
  privately({ text });
});
