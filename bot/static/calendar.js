// Dragging a planned broadcast to another day: it fills in and sends the form «Chuyển sang ngày…» that stands there anyway.

const list = document.querySelector("[data-today]");
let lifted = null;

const takes = (day) => lifted && day && day.dataset.day >= list.dataset.today && !day.contains(lifted);
const under = (event) => event.target.closest("[data-day]");

for (const item of list.querySelectorAll("[data-move]")) {
  item.draggable = true;
  item.addEventListener("dragstart", (event) => {
    lifted = item;
    item.classList.add("lifted");
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", item.dataset.move);
  });
  item.addEventListener("dragend", () => {
    lifted = null;
    item.classList.remove("lifted");
  });
}
list.addEventListener("dragover", (event) => {
  const day = under(event);
  for (const one of list.querySelectorAll(".over")) if (one !== day) one.classList.remove("over");
  if (!takes(day)) return;
  event.preventDefault();
  day.classList.add("over");
});
list.addEventListener("drop", (event) => {
  const day = under(event);
  if (!takes(day)) return;
  event.preventDefault();
  const form = lifted.querySelector("form");
  form.elements.ngay.value = day.dataset.day;
  form.submit();
});
