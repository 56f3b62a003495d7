// Elements that a script adds to a page.
export function make(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

export function button(name: string, text: string | undefined, icon: string, act: () => void): HTMLButtonElement {
  const element = make("button", `button plain draw-${name}`) as HTMLButtonElement;
  element.type = "button";
  label(element, text, icon);
  element.addEventListener("click", act);
  return element;
}

export function label(element: HTMLButtonElement, text: string | undefined, icon: string): void {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `/static/icons.svg#${icon}`);
  svg.append(use);
  const words = document.createElement("span");
  words.textContent = text ?? "";
  element.replaceChildren(svg, words);
}

/** Put a map, what is said of it and its tools in front of the text area, which goes out of sight. Returns the map's ground. */
export function frameMap(root: HTMLElement, text: HTMLTextAreaElement, status: HTMLElement, tools: HTMLElement[], advice?: HTMLElement): HTMLElement {
  const ground = make("div", "map tall");
  ground.setAttribute("role", "region");
  ground.setAttribute("aria-label", root.dataset.label ?? "");
  for (const name of ["tiles", "attribution", "zoomIn", "zoomOut"]) ground.dataset[name] = root.dataset[name] ?? "";
  const frame = make("div", "draw-frame");
  frame.append(ground, make("span", "draw-cross"));
  const bar = make("div", "draw-tools");
  bar.append(...tools);
  for (const words of [status, advice]) words?.setAttribute("role", "status");
  root.prepend(status, frame, ...(advice ? [advice] : []), bar);
  root.classList.add("drawing");
  text.hidden = true;
  root.querySelector("[data-draw-label]")?.setAttribute("hidden", "");
  return ground;
}

/** What was drawn and is not whole stays on the page: nothing of it could be sent, and the page would come back empty. */
export function keepUntilWhole(form: HTMLFormElement | null, status: HTMLElement, isWhole: () => boolean): void {
  status.tabIndex = -1;
  form?.addEventListener("submit", (event) => {
    if (isWhole()) return;
    event.preventDefault();
    status.classList.add("wrong");
    status.focus();
  });
}
