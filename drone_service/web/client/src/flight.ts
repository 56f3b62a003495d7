// The picture of a planned flight becomes a map that flies it, once it is to be seen. A folded one costs nothing before.
for (const element of document.querySelectorAll<HTMLElement>("[data-flight]")) {
  const fold = element.closest("details");
  if (!fold || fold.open) void start(element);
  else fold.addEventListener("toggle", () => void start(element), { once: true });
}

async function start(element: HTMLElement): Promise<void> {
  const { fly } = await import("./flight_map");
  fly(element);
}
