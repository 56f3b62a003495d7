// The bar that says what waits for a signal, and the parts of a page that change when something waits.
// The worker keeps and sends (worker.ts); without one, or without this script, pages work as ever.
import type { Entry, State, ToWorker } from "./offline_messages";
import { button, make } from "./parts";
import { fill, readJson } from "./texts";

const EVERY_MS = 60_000;
let left = 0;
let hadSome = false;
const bar = document.querySelector<HTMLElement>("[data-sync]");
if (bar?.dataset.worker && "serviceWorker" in navigator) void begin(bar);

async function begin(bar: HTMLElement): Promise<void> {
  navigator.serviceWorker.addEventListener("message", (event: MessageEvent<State>) => show(bar, event.data));
  for (const form of document.querySelectorAll("form[action='/logout']")) form.addEventListener("submit", (event) => leave(event, bar));
  window.addEventListener("online", () => void ask({ do: "send" }));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void ask({ do: "send" }));
  // A phone with one bar believes that it is online all the time.
  window.setInterval(() => left && void ask({ do: "send" }), EVERY_MS);
  // Asked before the registration is looked at anew, which waits for a network that may not be there.
  void ask({ do: "greet", person: bar.dataset.person ?? "" });
  void ask({ do: "send" });
  await navigator.serviceWorker.register(bar.dataset.worker ?? "", { scope: "/" }).catch(() => undefined);
  const pages = pagesOfTheDay();
  const files = readJson<string[]>(document.querySelector<HTMLElement>("[data-keep]")?.dataset.files);
  if (pages && files) await ask({ do: "keep", pages, files });
}

function pagesOfTheDay(): string[] | undefined {
  return readJson<string[]>(document.querySelector<HTMLElement>("[data-keep]")?.dataset.keep);
}

async function ask(message: ToWorker): Promise<void> {
  (await navigator.serviceWorker.ready).active?.postMessage(message);
}

/** Nobody signs out while something waits: it could not be sent any more. */
function leave(event: Event, bar: HTMLElement): void {
  if (left) {
    event.preventDefault();
    bar.scrollIntoView();
    bar.focus();
  } else void ask({ do: "forget" });
}

function show(bar: HTMLElement, state: State): void {
  const { dataset: words } = bar;
  const waiting = state.entries.filter((entry) => !entry.refused);
  const since = Number(document.documentElement.dataset.kept);
  left = state.entries.length;
  hadSome ||= left > 0;
  bar.replaceChildren();
  if (since && (left || !hadSome)) say(bar, fill(words.kept, { time: clock(since) }));
  if (waiting.length) {
    say(bar, fill(words.waiting, { count: waiting.length }));
    list(bar, waiting);
    if (state.needsSignIn) link(bar, "/login", words.signIn);
    else bar.append(button("send", words.send, "upload", () => void ask({ do: "send" })));
  }
  for (const entry of state.entries.filter((one) => one.refused)) refused(bar, entry);
  if (!left && (hadSome || since)) link(bar, location.pathname, hadSome ? words.sent : words.again).dataset.keepsTyped = "";
  else if (!bar.childElementCount) {
    const oldest = Math.min(...(pagesOfTheDay() ?? [""]).map((path) => state.kept[path] ?? 0));
    if (oldest) say(bar, fill(words.safe, { time: clock(oldest) }));
  }
  bar.hidden = !bar.childElementCount;
  bar.classList.toggle("waits", left > 0 || Boolean(since));
  for (const entry of waiting) change(bar, entry);
}

/** What a page offers once something of its job waits: the next step, and not the same again. */
function change(bar: HTMLElement, { path }: Entry): void {
  const deed = path.slice(path.lastIndexOf("/") + 1);
  const form = document.querySelector<HTMLFormElement>(`form[action="${path}"]`);
  const later = document.querySelector<HTMLTemplateElement>("template[data-once-started]");
  const state = document.querySelector(".page-head .chip");
  if (deed === "start" && later && form) {
    document.querySelector("form[action$='/remove']")?.remove();
    form.replaceWith(later.content.cloneNode(true));
    document.dispatchEvent(new Event("fields-added"));
    const begun = document.querySelector<HTMLTemplateElement>("template[data-begun]");
    if (begun) state?.replaceWith(begun.content.cloneNode(true));
  } else if (deed === "finish" && form) {
    state?.remove();
    document.querySelector(`form[action="${path.replace("finish", "loads")}"]`)?.closest("section")?.remove();
    form.remove();
  } else if (deed === "start" && form) {
    link(form.parentElement ?? bar, path.replace("/start", ""), bar.dataset.sheet);
    form.remove();
  }
}

function list(bar: HTMLElement, waiting: Entry[]): void {
  const items = make("ul", "plain");
  for (const entry of waiting) {
    const item = make("li", "");
    item.textContent = named(bar, entry);
    items.append(item);
  }
  bar.append(items);
}

/** What the server refused stays until somebody has looked at it; its page says why and has what was typed. */
function refused(bar: HTMLElement, entry: Entry): void {
  say(bar, fill(bar.dataset.refused, { what: named(bar, entry) }));
  const form = make("form", "button-row") as HTMLFormElement;
  form.method = "post";
  form.action = entry.path;
  for (const [name, value] of new URLSearchParams(entry.body)) {
    const input = make("input", "") as HTMLInputElement;
    Object.assign(input, { type: "hidden", name, value });
    form.append(input);
  }
  const look = button("look", bar.dataset.look, "search", () => form.requestSubmit());
  const drop = button("drop", bar.dataset.drop, "trash", () => void ask({ do: "drop", id: entry.id }));
  form.append(look, drop);
  bar.append(form);
}

function named(bar: HTMLElement, { path, about, at }: Entry): string {
  const deed = path.slice(path.lastIndexOf("/") + 1);
  return `${clock(at)} · ${bar.dataset[deed] ?? deed} · ${about}`;
}

function say(bar: HTMLElement, text: string): void {
  const words = make("p", "");
  words.textContent = text;
  bar.append(words);
}

function link(bar: HTMLElement, path: string, text: string | undefined): HTMLElement {
  const anchor = make("a", "button small plain") as HTMLAnchorElement;
  anchor.href = path;
  anchor.textContent = text ?? "";
  bar.append(anchor);
  return anchor;
}

function clock(moment: number): string {
  return new Date(moment).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit" });
}
