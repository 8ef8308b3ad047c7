// Listening and writing side by side: slower, five seconds back without leaving the keyboard, and drafts kept by the
// service as one types. Nothing is kept in the browser, for the words may be sealed.

const PAUSE = 2000;
const BACK = 5;

const sound = document.querySelector("[data-player] audio");
if (sound) {
  const bar = document.querySelector("[data-speeds]");
  const speeds = [...bar.querySelectorAll("[data-speed]")];
  const back = () => { sound.currentTime = Math.max(0, sound.currentTime - BACK); };
  const pause = () => { if (sound.paused) void sound.play(); else sound.pause(); };
  bar.hidden = false;
  sound.preservesPitch = true;
  for (const button of speeds) {
    button.addEventListener("click", () => {
      sound.playbackRate = Number(button.dataset.speed);
      for (const one of speeds) one.setAttribute("aria-pressed", String(one === button));
    });
  }
  bar.querySelector("[data-back]").addEventListener("click", back);
  bar.querySelector("[data-pause]").addEventListener("click", pause);
  document.addEventListener("keydown", (event) => {
    const act = { F2: back, F4: pause }[event.key];
    if (!act || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    act();
  });
}

const form = document.querySelector("[data-writing]");
if (form) {
  const box = form.querySelector("textarea");
  const said = form.querySelector("[data-saved]");
  let kept = box.value;
  let waiting = 0;
  let leaving = false;

  async function save() {
    const words = box.value;
    if (words === kept || leaving) return;
    const body = new URLSearchParams(new FormData(form));
    body.set("act", "typing");
    try {
      const answer = await fetch(form.action, { method: "POST", body, redirect: "manual", keepalive: words.length < 15_000 });
      if (answer.status !== 204) throw new Error(String(answer.status));
      kept = words;
      const now = new Date();
      said.textContent = `${said.dataset.said} ${now.getHours()}:${String(now.getMinutes()).padStart(2, "0")}.`;
    } catch {
      said.textContent = said.dataset.lost;
    }
  }

  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(save, PAUSE); });
  form.addEventListener("submit", () => { leaving = true; clearTimeout(waiting); });
  addEventListener("pagehide", () => void save());
}
