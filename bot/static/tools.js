// A spoken message, the place where one stands: each asks once more before it is sent.

import * as keep from "./keep.js";
import { element, fill } from "./lines.js";
import { newId } from "./store.js";

const LONGEST = 10 * 60;
const ROUGH = 200; // metres

// The bar above the box: a question, «Gửi» and «Thôi».
export class Ask {
  constructor(bar) {
    this.bar = bar;
    this.words = bar.querySelector("[data-words]");
    this.yes = bar.querySelector("[data-yes]");
    bar.querySelector("[data-no]").addEventListener("click", () => this.close());
    this.yes.addEventListener("click", () => { const act = this.act; this.close(); act?.(); });
  }

  open(words, act) {
    this.words.textContent = words;
    this.act = act;
    this.bar.hidden = false;
    this.yes.focus();
  }

  close() {
    this.bar.hidden = true;
    this.act = null;
  }
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

const KINDS = ["audio/mp4", "audio/webm;codecs=opus", "audio/webm"];

// Records into IndexedDB second by second, so that a closed page takes nothing with it.
class Recording {
  constructor(stream, kind) {
    Object.assign(this, { stream, done: null, id: newId(), at: Date.now(), seconds: 0, blobs: [] });
    this.recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    this.type = (this.recorder.mimeType || kind || "audio/webm").split(";")[0];
    this.name = `ghi-am.${this.type === "audio/mp4" ? "m4a" : "webm"}`;
    this.recorder.ondataavailable = (event) => { if (event.data.size) this.piece(event.data); };
  }

  piece(blob) {
    this.blobs.push(blob);
    void keep.put("pieces", { file: this.id, number: this.blobs.length, blob, name: this.name, type: this.type, at: this.at });
  }

  // Resolves with the whole.
  run(tick) {
    this.ticking = setInterval(() => tick(++this.seconds), 1000);
    this.recorder.start(1000);
    return new Promise((resolve) => {
      this.recorder.onstop = () => {
        clearInterval(this.ticking);
        for (const track of this.stream.getTracks()) track.stop();
        resolve(new File(this.blobs, this.name, { type: this.type }));
      };
    });
  }

  stop() {
    if (this.recorder.state !== "inactive") this.recorder.stop();
  }
}

// recorded(file, {id, done}, seconds) takes it over. Returns whether it is recording just now.
export function voice(button, words, recorded, problem) {
  let recording = null;
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return () => false;
  const label = button.querySelector("span");
  const idle = label.textContent;
  const kind = KINDS.find((one) => MediaRecorder.isTypeSupported(one));
  button.hidden = false;

  function show(seconds) {
    label.textContent = recording ? fill(words.recording, clock(seconds)) : idle;
    button.classList.toggle("recording", Boolean(recording));
    if (seconds >= LONGEST && recording) { problem(words.recording_end); recording.stop(); }
  }

  async function start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      problem(words.no_microphone);
      return;
    }
    const mine = new Recording(stream, kind);
    keep.alone(mine.id, (done) => { mine.done = done; });
    recording = mine;
    show(0);
    const file = await mine.run(show);
    recording = null;
    show(0);
    if (!file.size) problem(words.recording_empty);
    else if (await recorded(file, { id: mine.id, done: mine.done }, clock(mine.seconds))) void keep.dropPieces(mine.id);
  }

  button.addEventListener("click", () => { if (recording) recording.stop(); else void start(); });
  return () => Boolean(recording);
}

export function here(button, ask, words, send, problem) {
  if (!navigator.geolocation || !window.isSecureContext) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    problem(words.locating, true);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        problem("");
        const spot = { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy, name: "here" };
        const sentence = coords.accuracy > ROUGH ? words.located_rough : words.located;
        ask.open(fill(sentence, Math.round(coords.accuracy)), () => send(spot));
      },
      () => problem(words.no_location),
      { enableHighAccuracy: true, timeout: 30_000, maximumAge: 0 },
    );
  });
}
