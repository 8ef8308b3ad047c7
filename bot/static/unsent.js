// What has not arrived yet, one line a file: what it waits for, «Gửi lại», «Bỏ», and of a recording its player.

import { element, fill, icon } from "./lines.js";

const DRAWINGS = { image: "camera", audio: "mic" };

export class Unsent {
  // act: { again(file), drop(file) }
  constructor(section, words, no, act) {
    Object.assign(this, { section, words, no, act, rows: new Map() });
    this.count = section.querySelector("[data-count]");
    this.list = section.querySelector("ul");
  }

  show(files) {
    const left = new Set(files.map((file) => file.id));
    for (const [id, row] of this.rows) if (!left.has(id)) this.remove(id, row);
    for (const file of files) this.update(file, this.rows.get(file.id) ?? this.added(file));
    this.section.hidden = !files.length;
    const count = files.length ? fill(this.words.unsent, files.length) : "";
    if (this.count.textContent !== count) this.count.textContent = count;
  }

  added(file) {
    const player = file.kind === "voice" ? element("audio", { controls: true, src: URL.createObjectURL(file.blob) }) : "";
    const name = file.kind === "voice" ? this.words.my_recording : file.name;
    const row = {
      player,
      state: element("span", { className: "muted small" }),
      again: this.button("secondary", name, () => this.act.again(file)),
      drop: this.button("quiet", name, () => this.act.drop(file)),
    };
    const drawing = icon(DRAWINGS[file.type.split("/")[0]] ?? "file");
    const about = element("p", { className: "unsent-name" }, drawing, element("span", {}, element("strong", {}, name), element("br"), row.state));
    row.line = element("li", {}, about, player, element("div", { className: "row" }, row.again, row.drop));
    row.drop.firstChild.textContent = this.words.drop;
    this.list.append(row.line);
    this.rows.set(file.id, row);
    return row;
  }

  focus(id) {
    this.rows.get(id)?.again.focus();
  }

  button(look, name, onclick) {
    const hidden = element("span", { className: "visually-hidden" }, `: ${name}`);
    return element("button", { type: "button", className: `button small ${look}`, onclick }, document.createTextNode(""), hidden);
  }

  update(file, row) {
    const state = this.stateOf(file);
    if (row.state.textContent !== state) row.state.textContent = state;
    row.state.classList.toggle("error", file.state === "refused");
    row.again.firstChild.textContent = file.state === "asked" ? this.words.send : this.words.again;
    row.again.hidden = file.why === "too_big" || !["asked", "away", "slow", "refused"].includes(file.state);
    row.drop.hidden = file.state === "said";
  }

  stateOf(file) {
    if (file.state === "refused") return this.no[file.why] ?? this.no.bad;
    if (file.state === "goes" && file.part) return fill(this.words.file_part, Math.floor(file.part * 100));
    return this.words[`file_${file.state}`];
  }

  // Whoever stood on a button of it stands on the next.
  remove(id, row) {
    const focused = row.line.contains(document.activeElement);
    const next = row.line.nextElementSibling ?? row.line.previousElementSibling;
    if (row.player) URL.revokeObjectURL(row.player.src);
    row.line.remove();
    this.rows.delete(id);
    if (focused) (next?.querySelector("button:not([hidden])") ?? document.getElementById("box")).focus();
  }
}
