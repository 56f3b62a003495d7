// What every page has: sending once, numbers with `.` or `,`, the message bar, focus on what went wrong.
import htmx from "htmx.org";
import { keepTyped, restoreTyped } from "./typed";

const KEY = "input[name=idempotency_key]";
const UNLOCK_MS = 15_000;
const WORDS_AFTER_MS = 1_000;

declare global {
  interface Window {
    htmx: typeof htmx;
  }
}
window.htmx = htmx;

restoreTyped();
document.addEventListener("fields-added", restoreTyped);
document.addEventListener("submit", lock);
document.addEventListener("submit", keep);
document.addEventListener("click", keep);
document.addEventListener("input", groupThousands);
document.addEventListener("change", sendOnChange);
document.addEventListener("click", press);
window.addEventListener("pageshow", (event) => {
  if (event.persisted) document.querySelectorAll("form").forEach(unlock);
  // A page that comes back from the history is a new deed, not the old one sent again.
  document.querySelectorAll<HTMLInputElement>(KEY).forEach((key) => (key.value = newKey()));
});
document.querySelector<HTMLElement>("[data-focus]")?.focus();
document.querySelectorAll<HTMLElement>("[data-notice]").forEach(showForAWhile);

/** A second tap while the first is on its way does nothing. */
function lock(event: SubmitEvent): void {
  const form = event.target as HTMLFormElement;
  if (event.defaultPrevented) return;
  if (form.dataset.sending) {
    event.preventDefault();
    return;
  }
  form.dataset.sending = "yes";
  form.setAttribute("aria-busy", "true");
  setTimeout(() => unlock(form), UNLOCK_MS);
  setTimeout(() => form.dataset.sending && sayWait(), WORDS_AFTER_MS);
}

function keep({ type, target }: Event): void {
  const from = (target as Element).closest(`${type === "submit" ? "form" : "a"}[data-keeps-typed]`);
  if (from) keepTyped(from);
}

/** Work that takes longer than a second says so in words, for those who do not see the wheel turn. */
function sayWait(): void {
  const words = document.querySelector("[data-wait]");
  if (words) words.textContent = words.getAttribute("data-wait");
}

function unlock(form: HTMLFormElement): void {
  delete form.dataset.sending;
  form.removeAttribute("aria-busy");
  document.querySelector("[data-wait]")?.replaceChildren();
}

function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whole amounts are grouped while typing; the caret stays behind the same digit. */
function groupThousands(event: Event): void {
  const input = event.target as HTMLInputElement;
  if (input.dataset?.number !== "whole" || input.selectionStart === null) return;
  // A fraction that was pasted is left to the service, which reads both signs: here 19.995,00 would become 1.999.500.
  if ((event as InputEvent).inputType === "insertFromPaste" && /[.,]\d{1,2}\s*₫?\s*$/.test(input.value)) return;
  // The digits of a Khmer keyboard are digits too.
  const latin = input.value.replace(/[០-៩]/g, (digit) => String(digit.charCodeAt(0) - 0x17e0));
  const digitsBefore = latin.slice(0, input.selectionStart).replace(/\D/g, "").length;
  const digits = latin.replace(/\D/g, "");
  const sign = document.documentElement.lang === "en" ? "," : ".";
  const grouped = digits.replace(/\B(?=(\d{3})+$)/g, sign);
  if (grouped === input.value) return;
  input.value = grouped;
  let caret = 0;
  for (let seen = 0; seen < digitsBefore; caret++) if (/\d/.test(grouped[caret] ?? "0")) seen++;
  input.setSelectionRange(caret, caret);
}

function sendOnChange(event: Event): void {
  const control = event.target as HTMLElement & { form?: HTMLFormElement };
  if (control.closest("[data-send-on-change]")) control.form?.requestSubmit();
}

function press(event: Event): void {
  if ((event.target as HTMLElement).closest("[data-print]")) window.print();
}

/** The message goes by itself, but never while somebody points at it or is inside. */
function showForAWhile(notice: HTMLElement): void {
  const seconds = Number(notice.dataset.seconds ?? 8);
  const close = (): void => {
    if (notice.matches(":hover, :focus-within")) setTimeout(close, 2000);
    else notice.remove();
  };
  setTimeout(close, seconds * 1000);
}
