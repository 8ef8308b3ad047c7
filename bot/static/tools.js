// Photos and papers, a spoken message, the place where one stands: each asks once more before it is sent.

import { element, fill } from "./lines.js";

const LONGEST = 10 * 60;

export async function upload(file, kind, key) {
  const body = new FormData();
  body.append("file", file, file.name || `${kind}.webm`);
  const response = await fetch("/chat/upload", { method: "POST", headers: { "X-Chat-Key": key }, body });
  const answer = await response.json().catch(() => ({}));
  if (response.ok) return { ...answer, kind };
  throw new Error(answer.why === "slow" ? "upload_slow" : answer.why === "too_big" ? "too_big" : "upload_failed");
}

// The bar above the box: a question, perhaps something to listen to, «Gửi» and «Thôi».
export class Ask {
  constructor(bar) {
    this.bar = bar;
    this.words = bar.querySelector("[data-words]");
    this.extra = bar.querySelector("[data-extra]");
    this.yes = bar.querySelector("[data-yes]");
    bar.querySelector("[data-no]").addEventListener("click", () => this.close());
    this.yes.addEventListener("click", () => { const act = this.act; this.close(); act?.(); });
  }

  open(words, act, extra = "") {
    this.words.textContent = words;
    this.extra.replaceChildren(extra);
    this.act = act;
    this.bar.hidden = false;
    this.yes.focus();
  }

  close() {
    this.bar.hidden = true;
    this.extra.replaceChildren();
    this.act = null;
  }
}

function clock(seconds) {
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

export function voice(button, ask, words, send, problem) {
  if (!navigator.mediaDevices?.getUserMedia || !window.MediaRecorder) return;
  const label = button.querySelector("span");
  const idle = label.textContent;
  const kind = ["audio/mp4", "audio/webm;codecs=opus", "audio/webm"].find((one) => MediaRecorder.isTypeSupported(one));
  let recorder = null;
  button.hidden = false;

  async function start() {
    let stream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: true });
    } catch {
      problem(words.no_microphone);
      return;
    }
    const pieces = [];
    let seconds = 0;
    recorder = new MediaRecorder(stream, kind ? { mimeType: kind } : {});
    recorder.ondataavailable = (event) => { if (event.data.size) pieces.push(event.data); };
    const ticking = setInterval(() => {
      seconds += 1;
      label.textContent = fill(words.recording, clock(seconds));
      if (seconds >= LONGEST) { problem(words.recording_end); recorder?.stop(); }
    }, 1000);
    recorder.onstop = () => {
      clearInterval(ticking);
      for (const track of stream.getTracks()) track.stop();
      label.textContent = idle;
      button.classList.remove("recording");
      const mime = (recorder.mimeType || kind || "audio/webm").split(";")[0];
      recorder = null;
      const file = new File(pieces, `ghi-am.${mime === "audio/mp4" ? "m4a" : "webm"}`, { type: mime });
      const replay = element("audio", { controls: true, src: URL.createObjectURL(file) });
      ask.open(fill(words.recorded, clock(seconds)), () => send(file, "voice"), replay);
    };
    label.textContent = fill(words.recording, clock(0));
    button.classList.add("recording");
    recorder.start(1000);
  }

  button.addEventListener("click", () => { if (recorder) recorder.stop(); else void start(); });
}

export function place(button, ask, words, send, problem) {
  if (!navigator.geolocation || !window.isSecureContext) return;
  button.hidden = false;
  button.addEventListener("click", () => {
    problem(words.locating, true);
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        problem("");
        const spot = { lat: coords.latitude, lon: coords.longitude, accuracy: coords.accuracy };
        ask.open(fill(words.located, Math.round(coords.accuracy)), () => send(spot));
      },
      () => problem(words.no_location),
      { enableHighAccuracy: true, timeout: 30_000, maximumAge: 0 },
    );
  });
}
