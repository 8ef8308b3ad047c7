// The preview follows what is typed. Without this script the button «Lưu nháp, xem trước» does the same.

const form = document.getElementById("bai-viet");
const place = document.getElementById("xem-truoc");
const PAUSE = 700;
let waiting = 0;
let newest = 0;

async function look() {
  const mine = (newest += 1);
  const answer = await fetch(form.dataset.preview, { method: "POST", body: new URLSearchParams(new FormData(form)) })
    .catch(() => null);
  if (answer?.ok && !answer.redirected && mine === newest) place.innerHTML = await answer.text();
}

form?.addEventListener("input", () => {
  clearTimeout(waiting);
  waiting = setTimeout(look, PAUSE);
});
