// A line of a conversation or of a room as elements. Text from outside only ever becomes text nodes.

export function element(name, values = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(values)) {
    if (key in made && key !== "list") made[key] = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  use.setAttribute("href", `${document.body.dataset.icons}#${name}`);
  svg.append(use);
  return svg;
}

export function fill(sentence, n) {
  return sentence.replace("{n}", n);
}

// No lookbehind: older iPhones do not know it, and would show nothing at all.
const TOKEN = /\*\*(\S(?:[\s\S]*?\S)?)\*\*|(https?:\/\/[^\s<>"']+[^\s<>"'.,;:!?)\]»”])|((?:\+84|0)\d(?:[ .]?\d){7,9}(?!\d))/g;
// Written in bold and alone, as content/emergencies.toml has them, these are telephones and no figures.
const URGENT = /^11[345]$/;

function phone(number) {
  return element("a", { href: `tel:${number.replace(/^0/, "+84").replace(/[ .]/g, "")}` }, number);
}

function broken(text) {
  return text.split("\n").flatMap((row, number) => (number ? [element("br"), row] : [row]));
}

function inline(text) {
  const nodes = [];
  let end = 0;
  for (const token of text.matchAll(TOKEN)) {
    nodes.push(...broken(text.slice(end, token.index)));
    if (token[1]) nodes.push(element("strong", {}, ...(URGENT.test(token[1]) ? [phone(token[1])] : inline(token[1]))));
    else if (token[3]) nodes.push(phone(token[3]));
    else nodes.push(element("a", { href: token[2], rel: "noopener nofollow" }, token[2]));
    end = token.index + token[0].length;
  }
  return [...nodes, ...broken(text.slice(end))];
}

export function paragraphs(text, rich) {
  const parts = text.split(/\n\s*\n/).map((part) => part.trim()).filter(Boolean);
  return parts.map((part) => element("p", {}, ...(rich ? inline(part) : broken(part))));
}

function stamp(at) {
  const [day, clock] = at.split("T");
  const now = new Date();
  const today = [now.getFullYear(), now.getMonth() + 1, now.getDate()].map((n) => String(n).padStart(2, "0")).join("-");
  const [, month, date] = day.split("-");
  return day === today ? clock.slice(0, 5) : `${date}/${month} ${clock.slice(0, 5)}`;
}

function attached(file, words) {
  const drawings = { photo: "camera", voice: "mic", audio: "mic", location: "pin" };
  const sure = file.kind === "location" && file.accuracy ? ` (${fill(words.accuracy, Math.round(file.accuracy))})` : "";
  const name = file.kind === "file" && file.name ? `: ${file.name}` : "";
  const which = file.kind === "location" && words[file.name] ? file.name : file.kind;
  const row = element("span", { className: "chip" }, icon(drawings[file.kind] ?? "file"), (words[which] ?? words.file) + name + sure);
  return element("p", {}, row);
}

function chosen(choice, press) {
  const look = `button ${choice.aside ? "quiet" : "secondary"}`;
  if (!choice.url) return element("button", { type: "button", className: look, onclick: () => press(choice) }, choice.label);
  return /^(https?:\/\/|\/)/.test(choice.url) ? element("a", { className: look, href: choice.url, rel: "noopener" }, choice.label) : "";
}

// The row of a line that is on the page already: when it comes again, it was changed.
export function rowOf(line, lines) {
  return lines.querySelector(`li[data-id="${CSS.escape(line.id)}"]`);
}

// press(choice) is called when a button of the line is pressed.
export function drawn(line, words, press) {
  const bubble = element("div", { className: "bubble" });
  bubble.append(element("span", { className: "visually-hidden" }, `${line.ours ? words.us : words.you}: `));
  if (line.withdrawn) bubble.append(element("p", { className: "withdrawn" }, words.withdrawn));
  if (line.picture) bubble.append(element("img", { src: line.picture.url, alt: line.picture.alt, loading: "lazy" }));
  bubble.append(...paragraphs(line.text ?? "", line.ours));
  for (const file of line.attachments ?? []) bubble.append(attached(file, words));
  const item = element("li", { className: line.ours ? "ours" : "mine" }, bubble);
  item.tabIndex = -1;
  if (line.id) item.dataset.id = line.id;
  const edited = line.edited && !line.withdrawn ? ` · ${words.edited}` : "";
  if (line.at) item.append(element("time", { className: "stamp", dateTime: line.at }, stamp(line.at) + edited));
  if (line.choices?.length && press) {
    const buttons = line.choices.map((choice) => chosen(choice, press));
    item.append(element("div", { className: "choices" }, ...buttons));
  }
  return item;
}
