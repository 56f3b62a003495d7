// What was typed stays where a form or a link loads the page anew (`data-keeps-typed`): the language, a load recorded
// while the end of the job is half filled in.
const KEPT = "typed";
const FIELDS = "main form :is(input, select, textarea)[name]";
const NOT_KEPT = new Set(["hidden", "password", "file", "submit"]);

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

/** Keep all but what `sent` sends itself. */
export function keepTyped(sent: Element): void {
  const typed: Record<string, string> = {};
  for (const [name, field] of fields()) if (field.form !== sent) typed[name] = isTicked(field) ? String(field.checked) : field.value;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(typed));
  } catch {
    // A browser that keeps nothing changes the language all the same.
  }
}

let typedBefore: Record<string, string> = {};

/** To be called before any script looks at the fields, and again when a script has added some. */
export function restoreTyped(): void {
  try {
    typedBefore = { ...typedBefore, ...(JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Record<string, string>) };
    sessionStorage.removeItem(KEPT);
    for (const [name, field] of fields()) {
      const before = typedBefore[name];
      if (before === undefined) continue;
      delete typedBefore[name];
      if (isTicked(field)) field.checked = before === "true";
      else if (field.value !== before) {
        field.value = before;
        field.closest("details")?.setAttribute("open", "");
      }
    }
  } catch {
    // As above.
  }
}

/** The fields by form, name and value to tick; of several alike by their place. */
function fields(): Map<string, Field> {
  const found = new Map<string, Field>();
  for (const field of document.querySelectorAll<Field>(FIELDS)) {
    if (NOT_KEPT.has(field.type)) continue;
    const name = `${field.form?.getAttribute("action") ?? ""} ${field.name} ${isTicked(field) ? field.value : ""}`;
    let place = 0;
    while (found.has(`${name} ${place}`)) place++;
    found.set(`${name} ${place}`, field);
  }
  return found;
}

function isTicked(field: Field): field is HTMLInputElement {
  return field.type === "radio" || field.type === "checkbox";
}
