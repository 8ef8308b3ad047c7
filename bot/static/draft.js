// Half-written words: kept at every letter, and in the box again when the page is opened again.

import * as keep from "./keep.js";

const ID = "chat";

export class Draft {
  constructor(box) {
    this.box = box;
    this.safe = true;
    box.addEventListener("input", () => void this.save());
  }

  async save() {
    this.safe = false;
    const text = this.box.value;
    const done = text ? await keep.put("drafts", { id: ID, text }) : await keep.drop("drafts", ID);
    if (text === this.box.value) this.safe = done || !text;
  }

  // Returns whether there was something.
  async restore() {
    const kept = await keep.get("drafts", ID);
    if (!kept?.text || this.box.value) return false;
    this.box.value = kept.text;
    return true;
  }
}
