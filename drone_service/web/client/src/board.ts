// Dragging a job of the board onto a half-day, which leads to the same page as its "Put here" link: what it costs is
// shown there before anything is changed. Fingers and keyboards use the links.
const TYPE = "text/plain";

for (const job of document.querySelectorAll<HTMLElement>("[data-job]")) {
  job.addEventListener("dragstart", (event) => {
    event.dataTransfer?.setData(TYPE, job.dataset.job ?? "");
    if (event.dataTransfer) event.dataTransfer.effectAllowed = "move";
    job.classList.add("dragged");
  });
  job.addEventListener("dragend", () => job.classList.remove("dragged"));
}

for (const cell of document.querySelectorAll<HTMLElement>("[data-drop]")) {
  cell.addEventListener("dragover", (event) => {
    event.preventDefault();
    cell.classList.add("over");
  });
  cell.addEventListener("dragleave", () => cell.classList.remove("over"));
  cell.addEventListener("drop", (event) => drop(event, cell));
}

function drop(event: DragEvent, cell: HTMLElement): void {
  event.preventDefault();
  cell.classList.remove("over");
  const job = event.dataTransfer?.getData(TYPE) ?? "";
  if (!/^[0-9a-f-]{36}$/.test(job)) return;
  const others = [...cell.querySelectorAll<HTMLElement>("[data-job], .board-job")].filter((one) => one.dataset.job !== job);
  const position = others.filter((one) => middle(one) < event.clientY).length;
  location.assign(`/board/moves/${job}?${cell.dataset.drop}&position=${position}`);
}

function middle(element: HTMLElement): number {
  const box = element.getBoundingClientRect();
  return box.top + box.height / 2;
}
