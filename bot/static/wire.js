// The line to the service: the socket, and what this browser has said and not yet seen confirmed.
// Nothing is lost: a message stays in the queue (store.js) until the service has it. Nothing is twice: it keeps its id.

import { dequeue, enqueue, queue } from "./store.js";

const PING = 25_000;
const SILENCE = 40_000;

// on: { lines(lines, where), ready(), got(id), no(id, why, item), away(), back() }
export class Wire {
  constructor({ key = null, room = null, roomAfter = 0, on }) {
    this.key = key;
    this.room = room;
    this.seen = { private: 0, room: roomAfter };
    this.on = on;
    this.ready = false;
    this.flying = null;
    this.tries = 0;
    this.heard = 0;
    this.timer = 0;
    addEventListener("online", () => this.hurry());
    document.addEventListener("visibilitychange", () => { if (!document.hidden) this.hurry(); });
    setInterval(() => this.listen(), PING);
    this.connect();
  }

  say(message) {
    const item = enqueue(message);
    this.flush();
    return item;
  }

  connect() {
    clearTimeout(this.timer);
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws`);
    this.socket = socket;
    socket.onopen = () => this.give({
      hello: { key: this.key, after: this.seen.private, room: this.room, room_after: this.seen.room },
    });
    socket.onmessage = (event) => { if (socket === this.socket) this.hear(JSON.parse(event.data)); };
    socket.onclose = () => { if (socket === this.socket) this.lost(); };
  }

  give(frame) {
    if (this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(frame));
  }

  hear(frame) {
    this.heard = Date.now();
    if (frame.lines) {
      this.seen[frame.where] = frame.lines[frame.lines.length - 1].seen;
      this.on.lines(frame.lines, frame.where);
    } else if (frame.ready) {
      this.ready = true;
      this.tries = 0;
      this.on.back?.();
      this.on.ready?.();
      this.flush();
    } else if (frame.got) {
      this.flying = null;
      dequeue(frame.got);
      this.on.got?.(frame.got);
      this.flush();
    } else if (frame.no) {
      this.refused(frame.no);
    }
  }

  refused({ id, why }) {
    const item = queue().find((one) => one.id === id);
    this.flying = null;
    if (why === "later" || why === "slow") {
      this.on.no?.(null, why, item);
      setTimeout(() => this.flush(), 5000);
      return;
    }
    dequeue(id);
    this.on.no?.(id, why, item);
    this.flush();
  }

  // One at a time, so that what was said first also arrives first.
  flush() {
    const [item] = queue();
    if (!this.key || !this.ready || this.flying || !item) return;
    this.flying = item.id;
    this.give({ say: item });
    setTimeout(() => { if (this.flying === item.id) this.socket.close(); }, 20_000);
  }

  listen() {
    if (!this.ready) return;
    if (Date.now() - this.heard > SILENCE) this.socket.close();
    else this.give({ ping: 1 });
  }

  lost() {
    this.ready = false;
    this.flying = null;
    this.tries += 1;
    this.on.away?.();
    const pause = Math.min(30_000, 500 * 2 ** this.tries) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.connect(), pause);
  }

  hurry() {
    if (this.socket.readyState === WebSocket.CLOSED) this.connect();
    else this.listen();
  }
}
