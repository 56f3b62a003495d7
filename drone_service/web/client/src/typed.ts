// What was typed stays when the language is changed, which loads the page anew.
const KEPT = "typed";
const FIELDS = "main form :is(input, select, textarea)[name]";
const NOT_KEPT = new Set(["hidden", "password", "file", "submit"]);

type Field = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement;

export function keepTyped(): void {
  const typed: Record<string, string> = {};
  for (const [name, field] of fields()) typed[name] = isTicked(field) ? String(field.checked) : field.value;
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(typed));
  } catch {
    // A browser that keeps nothing changes the language all the same.
  }
}

/** To be called before any script looks at the fields. */
export function restoreTyped(): void {
  try {
    const typed = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}") as Record<string, string>;
    sessionStorage.removeItem(KEPT);
    for (const [name, field] of fields()) {
      const before = typed[name];
      if (before === undefined) continue;
      if (isTicked(field)) field.checked = before === "true";
      else field.value = before;
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
