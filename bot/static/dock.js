// The buttons of our last message stand above the box, within reach of a thumb: three in sight, the rest behind one more.

import { element, fill } from "./lines.js";

const IN_SIGHT = 3;

function parted(all) {
  if (all.length <= IN_SIGHT) return [all, []];
  const first = all.filter((one) => !one.classList.contains("quiet"));
  const seen = (first.length ? first : all).slice(0, IN_SIGHT);
  return [seen, all.filter((one) => !seen.includes(one))];
}

export class Dock {
  constructor(place, words) {
    Object.assign(this, { place, words, row: null, all: [] });
  }

  // Take the buttons of a line; those of another that nobody has answered go back to it.
  take(row) {
    const choices = row.querySelector(":scope > .choices");
    if (!choices) return;
    this.leave(this.all);
    this.row = row;
    this.all = [...choices.children];
    choices.remove();
    const [seen, rest] = parted(this.all);
    this.place.replaceChildren(...seen, ...(rest.length ? this.behind(rest) : []));
    this.place.hidden = false;
  }

  behind(rest) {
    const box = element("div", { className: "choices more", hidden: true }, ...rest);
    const words = fill(this.words.more, rest.length);
    const more = element("button", { type: "button", className: "button quiet" }, words);
    more.setAttribute("aria-expanded", "false");
    more.addEventListener("click", () => {
      box.hidden = !box.hidden;
      more.setAttribute("aria-expanded", String(!box.hidden));
      this.place.classList.toggle("open", !box.hidden);
      more.textContent = box.hidden ? words : this.words.less;
      if (!box.hidden) requestAnimationFrame(() => box.scrollIntoView({ block: "nearest" }));
    });
    return [more, box];
  }

  // The visitor has answered: buttons go, links stay under their line.
  settle() {
    this.leave(this.all.filter((one) => one.tagName === "A"));
  }

  leave(these) {
    if (these.length) this.row.append(element("div", { className: "choices" }, ...these));
    this.row = null;
    this.all = [];
    this.place.replaceChildren();
    this.place.classList.remove("open");
    this.place.hidden = true;
  }
}
