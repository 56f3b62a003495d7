// The service worker of the crew: the pages of the day are kept for where there is no signal, and what is recorded there
// waits on the phone until it can be sent. Everything else goes to the server as ever. It imports nothing: a worker is one file.
import type { Entry, Plan, State, ToWorker } from "./offline_messages";
import type { FetchEvent, WorkerScope } from "./worker_scope";

const worker = self as unknown as WorkerScope;
const PAGES = "pages";
const FILES = "files";
const NO_SIGNAL = "/offline";
const KEPT_AT = "kept-at";
const A_PAGE_OF_THE_DAY = /^\/(offline|today|tomorrow|week|days\/[\d-]+|work\/[^/]+|jobs\/[^/]+\/mix)$/;
const WRITTEN_ON_THE_FIELD = /^\/work\/[^/]+\/(start|loads|finish)$/;
const NEVER_CHANGES = "/static/dist/";
/** What says that the server could not be asked; any other answer is one. */
const NOT_THE_SERVER = [429, 502, 503, 504];
/** So long for the network before the page that is kept is shown, or what was written is put aside. */
const PATIENCE_MS = 10_000;
const SHORT_PATIENCE_MS = 3_000;
const FRESH_MS = 15 * 60_000;
const KEEP_MS = 3 * 24 * 3_600_000;

worker.addEventListener("install", (event) => event.waitUntil(worker.skipWaiting()));
worker.addEventListener("sync", (event) => event.waitUntil(send()));
worker.addEventListener("message", (event) => event.waitUntil(obey(event.data as ToWorker)));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== location.origin) return;
  // What another site's page sends goes past: sent by us it would look like ours.
  const isOurs = request.referrer.startsWith(`${location.origin}/`);
  if (isOurs && request.method === "POST" && request.mode === "navigate") event.respondWith(WRITTEN_ON_THE_FIELD.test(pathname) ? record(event, pathname) : pass(request));
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(show(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request, pathname));
});

async function obey(message: ToWorker): Promise<void> {
  // A page that was on its way while the worker came up is in nobody's hands, and would send past it.
  await worker.clients.claim();
  await tell();
  if (message.do === "greet") await greet(message.person);
  else if (message.do === "keep") await keepAll(message).catch(() => undefined);
  else if (message.do === "drop") await inOutbox("readwrite", (outbox) => outbox.delete(message.id));
  else if (message.do === "forget") await Promise.all([caches.delete(PAGES), note("person", "")]);
  else await send();
  await tell();
}

// Pages and files

async function show(event: FetchEvent, path: string): Promise<Response> {
  const isOfTheDay = A_PAGE_OF_THE_DAY.test(path);
  const kept = isOfTheDay ? await fromKept(path) : undefined;
  // A page asked for before what waits has arrived would show the state before it.
  if (kept && (await oldest()) && !(await within(SHORT_PATIENCE_MS, send()).catch(() => false))) return kept;
  try {
    const answer = await (kept ? within(PATIENCE_MS, fetch(event.request)) : fetch(event.request));
    if (isOfTheDay) event.waitUntil(keep(path, answer.clone()));
    return answer;
  } catch {
    return kept ?? (await fromKept(NO_SIGNAL)) ?? Response.error();
  }
}

/** A form that cannot wait: without a signal our page says so, and not the browser's. */
async function pass(request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch {
    return (await fromKept(NO_SIGNAL)) ?? Response.error();
  }
}

/** A kept page says since when it is kept, and its forms have keys of their own: each showing is a new deed. */
async function fromKept(path: string): Promise<Response | undefined> {
  const kept = await (await caches.open(PAGES)).match(path);
  if (!kept) return undefined;
  const html = (await kept.text())
    .replace("<html ", `<html data-kept="${kept.headers.get(KEPT_AT) ?? ""}" `)
    .replace(/(name="(?:idempotency_key|load_id)" value=")[^"]*/g, (_, start: string) => start + crypto.randomUUID());
  return new Response(html, { headers: { "content-type": "text/html; charset=utf-8" } });
}

async function keep(path: string, answer: Response): Promise<void> {
  if (!answer.ok || answer.redirected) return;
  const headers = { "content-type": "text/html; charset=utf-8", [KEPT_AT]: String(Date.now()) };
  await (await caches.open(PAGES)).put(path, new Response(await answer.text(), { headers }));
}

/** What one person has kept is not for the next. */
async function greet(person: string): Promise<void> {
  if ((await noted("person")) === person) return;
  await caches.delete(PAGES);
  await note("person", person);
}

async function keepAll(plan: Plan): Promise<void> {
  await keepFiles(plan.files);
  const kept = await keptPages();
  const isOlder = (path: string, ms: number): boolean => Date.now() - (kept[path] ?? 0) > ms;
  for (const path of Object.keys(kept)) if (isOlder(path, KEEP_MS)) await (await caches.open(PAGES)).delete(path);
  for (const path of plan.pages) if (isOlder(path, FRESH_MS)) await keep(path, await fetch(path));
}

async function keptPages(): Promise<Record<string, number>> {
  const pages = await caches.open(PAGES);
  const kept: Record<string, number> = {};
  for (const request of await pages.keys()) kept[new URL(request.url).pathname] = Number((await pages.match(request))?.headers.get(KEPT_AT));
  return kept;
}

/** The files that the kept pages are made of; those of an earlier release go. */
async function keepFiles(wanted: string[]): Promise<void> {
  const files = await caches.open(FILES);
  for (const request of await files.keys()) if (!wanted.includes(new URL(request.url).pathname)) await files.delete(request);
  for (const path of wanted) if (!path.startsWith(NEVER_CHANGES) || !(await files.match(path))) await files.add(path);
}

async function file(request: Request, path: string): Promise<Response> {
  const kept = await (await caches.open(FILES)).match(path);
  if (kept && path.startsWith(NEVER_CHANGES)) return kept;
  try {
    return await fetch(request);
  } catch (failure) {
    if (kept) return kept;
    throw failure;
  }
}

// What is written on the field

async function record(event: FetchEvent, path: string): Promise<Response> {
  const copy = event.request.clone();
  // What was written before goes first: no end of a job may arrive before its start.
  if (!(await oldest())) {
    try {
      const answer = await within(PATIENCE_MS, fetch(event.request));
      if (!NOT_THE_SERVER.includes(answer.status)) return answer;
    } catch {
      // No signal, or none to speak of. Should the server have got it all the same, the key makes it one deed.
    }
  }
  const body = await copy.text();
  const form = new URLSearchParams(body);
  const entry: Entry = {
    id: form.get("idempotency_key") ?? crypto.randomUUID(),
    person: (await noted("person")) ?? "",
    path,
    body,
    about: form.get("about") ?? "",
    at: Date.now(),
  };
  await inOutbox("readwrite", (outbox) => outbox.put(entry));
  await worker.registration.sync?.register("outbox").catch(() => undefined);
  event.waitUntil(send());
  return Response.redirect(path.slice(0, path.lastIndexOf("/")), 303);
}

let sending: Promise<boolean> | undefined;
let isAskedAgain = false;

/** Send what waits, oldest first. Asked again meanwhile, it is the same sending, which then tries once more. Tells whether
 * nothing waits any more. */
function send(): Promise<boolean> {
  isAskedAgain = sending !== undefined;
  sending ??= sendAll().finally(() => {
    sending = undefined;
  });
  return sending;
}

async function sendAll(): Promise<boolean> {
  for (let entry = await oldest(); entry; entry = await oldest()) {
    isAskedAgain = false;
    const outcome = await post(entry);
    await note("needsSignIn", outcome === "sign in" ? "yes" : "");
    if (outcome === "sent") await inOutbox("readwrite", (outbox) => outbox.delete(entry.id));
    else if (outcome === "refused") await inOutbox("readwrite", (outbox) => outbox.put({ ...entry, refused: true }));
    // The signal may have come back while this try was waiting for the one before to fail.
    else if (!isAskedAgain) return false;
    await tell();
  }
  return true;
}

async function oldest(): Promise<Entry | undefined> {
  return (await entries()).find((entry) => !entry.refused);
}

async function post({ path, body, at }: Entry): Promise<"sent" | "refused" | "later" | "sign in"> {
  const waited = Math.max(0, Math.round((Date.now() - at) / 1000));
  const headers = { "content-type": "application/x-www-form-urlencoded", "waited-s": String(waited) };
  try {
    const answer = await within(PATIENCE_MS, fetch(path, { method: "POST", headers, body, redirect: "manual" }));
    if (answer.type === "opaqueredirect") return "sent";
    if (answer.status === 401) return "sign in";
    return NOT_THE_SERVER.includes(answer.status) ? "later" : "refused";
  } catch {
    return "later";
  }
}

async function entries(): Promise<Entry[]> {
  const person = (await noted("person")) ?? "";
  const all = await inOutbox<Entry[]>("readonly", (outbox) => outbox.getAll());
  return all.filter((entry) => entry.person === person).sort((a, b) => a.at - b.at);
}

async function tell(): Promise<void> {
  const state: State = { entries: await entries(), kept: await keptPages(), needsSignIn: Boolean(await noted("needsSignIn")) };
  for (const page of await worker.clients.matchAll()) page.postMessage(state);
}

async function within<T>(patienceMs: number, work: Promise<T>): Promise<T> {
  const late = new Promise<never>((_, reject) => setTimeout(() => reject(new Error("late")), patienceMs));
  return Promise.race([work, late]);
}

// Where it is kept

function inOutbox<T = unknown>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  return inStore("outbox", mode, act);
}

function noted(name: string): Promise<string | undefined> {
  return inStore("notes", "readonly", (notes) => notes.get(name));
}

function note(name: string, value: string): Promise<void> {
  return inStore("notes", "readwrite", (notes) => notes.put(value, name));
}

function inStore<T>(name: string, mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<T> {
  return new Promise((resolve, reject) => {
    const opened = indexedDB.open("crew", 1);
    opened.onupgradeneeded = () => {
      opened.result.createObjectStore("outbox", { keyPath: "id" });
      opened.result.createObjectStore("notes");
    };
    opened.onerror = () => reject(opened.error);
    opened.onsuccess = () => {
      const deed = opened.result.transaction(name, mode);
      const request = act(deed.objectStore(name));
      // Written down, and not only asked for: what follows tells the crew that it is kept.
      deed.oncomplete = () => resolve(request.result as T);
      deed.onabort = () => reject(deed.error);
      deed.onerror = () => reject(deed.error);
      deed.addEventListener("complete", () => opened.result.close());
    };
  });
}
