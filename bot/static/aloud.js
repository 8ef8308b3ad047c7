// For old eyes: our messages read out by the browser's own Vietnamese voice where it has one. Large letters: larger.js.

import { element, icon } from "./lines.js";

const BREATH = 180; // characters; Chrome falls silent in the middle of a longer one

function vietnamese() {
  const voices = window.speechSynthesis?.getVoices() ?? [];
  const of = (name) => voices.find((voice) => voice.lang.replace("_", "-").toLowerCase().startsWith(name));
  return of("vi-vn") ?? of("vi");
}

function breaths(text) {
  const parts = [];
  for (const sentence of text.match(/[^.!?\n;]+[.!?\n;]*/g) ?? []) {
    const words = sentence.trim().split(/\s+/);
    for (let part = ""; words.length; part = "") {
      while (words.length && (!part || part.length + words[0].length < BREATH)) part += `${words.shift()} `;
      if (part.trim()) parts.push(part.trim());
    }
  }
  return parts;
}

export class Aloud {
  constructor(words) {
    Object.assign(this, { words, button: null });
    if (!window.speechSynthesis || !window.SpeechSynthesisUtterance) return;
    this.look();
    window.speechSynthesis.addEventListener?.("voiceschanged", () => this.look());
    addEventListener("pagehide", () => this.stop());
  }

  look() {
    document.documentElement.classList.toggle("speaks", Boolean(vietnamese()));
  }

  // A line of ours gets its button; the stylesheet shows it where there is a voice.
  offer(row) {
    const label = element("span", {}, this.words.read);
    const button = element("button", { type: "button", className: "button quiet small read" }, icon("speak"), label);
    button.addEventListener("click", () => (this.button === button ? this.stop() : this.read(row, button)));
    row.querySelector(".bubble").after(button);
  }

  read(row, button) {
    this.stop();
    const voice = vietnamese();
    const words = [...row.querySelectorAll(".bubble > p")].map((part) => part.innerText).join("\n");
    const spoken = breaths(words.replace(/https?:\/\/\S+/g, " ")).map((part) => new SpeechSynthesisUtterance(part));
    if (!voice || !spoken.length) return;
    this.button = button;
    button.lastChild.textContent = this.words.read_stop;
    for (const part of spoken) {
      Object.assign(part, { voice, lang: voice.lang.replace("_", "-"), rate: 0.9 });
      part.onerror = () => { if (this.button === button) this.stop(); };
      window.speechSynthesis.speak(part);
    }
    spoken.at(-1).onend = () => { if (this.button === button) this.stop(); };
  }

  stop() {
    const button = this.button;
    this.button = null;
    if (button) button.lastChild.textContent = this.words.read;
    window.speechSynthesis.cancel();
  }
}
