// «Chọn nơi có mộ»: a place by its name from the ward's own table, or a pin on the map; it is not where the teller stands.

import { element, fill } from "./lines.js";
import { Pinning } from "./pinning.js";

const ROUGH = 200;

function put(sentence, values) {
  return Object.entries(values).reduce((made, [name, value]) => made.replace(`{${name}}`, value), sentence);
}

export class Spot {
  // send({text, location}) says it; data: where the map's files and the names are found
  constructor(dialog, button, words, data, send) {
    if (!dialog.showModal) return;
    Object.assign(this, { dialog, words, data, send, chosen: null, pinned: null, asked: 0 });
    for (const name of ["form", "found", "state", "chosen-words", "mapped", "map", "accuracy", "go"]) {
      this[name.replace("-", "_")] = dialog.querySelector(`[data-${name}]`);
    }
    this.input = this.form.elements.namedItem("spot-name");
    this.pinning = new Pinning(this.map, data.map, data.names, words, (pin) => { this.pinned = pin; this.tell(); });
    this.listen(button);
  }

  listen(button) {
    button.hidden = false;
    button.addEventListener("click", () => this.open());
    this.form.addEventListener("submit", (event) => { event.preventDefault(); void this.find(); });
    this.input.addEventListener("input", () => this.tell());
    this.go.addEventListener("click", () => this.say());
    for (const [name, act] of Object.entries({
      close: () => this.dialog.close(),
      "open-map": () => void this.openMap(),
      centre: () => this.pinning.centre(),
      unpin: () => this.pinning.clear(),
    })) this.dialog.querySelector(`[data-${name}]`).addEventListener("click", act);
  }

  open() {
    this.dialog.showModal();
    this.input.focus();
    this.tell();
  }

  status(sentence) {
    this.state.textContent = sentence;
  }

  // What is asked later wins.
  async find() {
    const words = this.input.value.trim();
    if (!words) { this.status(this.words.spot_empty); return; }
    const asked = ++this.asked;
    this.status(this.words.spot_looking);
    const found = await this.ask(words);
    if (asked !== this.asked) return;
    this.choose(null);
    this.found.replaceChildren(...(found ?? []).map((one, number) => this.option(one, number)));
    this.status(!found ? this.failed : found.length ? this.words.spot_which : this.words.spot_nothing);
  }

  async ask(words) {
    this.failed = this.words.spot_failed;
    try {
      const answer = await fetch(`${this.data.names}?q=${encodeURIComponent(words)}`);
      if (answer.status === 429) this.failed = this.words.spot_slow;
      return answer.ok ? (await answer.json()).places : null;
    } catch {
      return null;
    }
  }

  option(place, number) {
    const input = element("input", { type: "radio", name: "spot-found", value: String(number) });
    input.addEventListener("change", () => this.choose(place));
    const old = place.old ? element("span", { className: "hint" }, fill(this.words.spot_old, place.old)) : "";
    return element("li", {}, element("label", {}, input, element("span", {}, place.title, old)));
  }

  choose(place) {
    this.chosen = place;
    if (!place) this.found.replaceChildren();
    else if (!this.mapped.hidden) void this.openMap();
    this.tell();
  }

  async openMap() {
    this.mapped.hidden = false;
    try {
      await this.pinning.open(this.chosen);
    } catch {
      this.mapped.hidden = true;
      this.status(this.words.spot_no_map);
    }
  }

  // The words that will be sent.
  text() {
    const typed = this.input.value.trim();
    const place = this.chosen?.title ?? "";
    const named = typed && place && typed !== place ? put(this.words.spot_both, { typed, place }) : typed || place;
    return fill(this.words.spot_text, named || this.words.spot_only_pin);
  }

  location() {
    if (this.pinned) return { ...this.pinned, name: "pin" };
    const { known, lat, lon, radius } = this.chosen ?? {};
    return known ? { lat, lon, accuracy: radius, name: "pin" } : null;
  }

  tell() {
    const something = Boolean(this.input.value.trim() || this.pinned);
    const accuracy = this.location()?.accuracy ?? 0;
    const key = !accuracy ? "spot_words_only" : this.pinned ? "spot_pinned" : "spot_area";
    this.accuracy.textContent = something ? fill(this.words[accuracy > ROUGH ? `${key}_rough` : key], this.far(accuracy)) : "";
    this.chosen_words.textContent = something ? this.text() : "";
    this.go.disabled = !something;
  }

  far(metres) {
    const step = metres < 100 ? 1 : 10;
    return metres < 2000 ? `${Math.round(metres / step) * step} ${this.words.metres}` : `${Math.round(metres / 1000)} km`;
  }

  say() {
    const location = this.location();
    this.dialog.close();
    this.send({ text: this.text(), ...(location ? { location } : {}) });
    this.form.reset();
    this.choose(null);
    this.status("");
    this.mapped.hidden = true;
    this.pinned = null;
    this.tell();
  }
}
