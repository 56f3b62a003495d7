// Texts come from the page's data attributes, so gettext stays the only catalogue. `{name}` is a place to fill.
export function fill(text: string | undefined, values: Record<string, string | number> = {}): string {
  return (text ?? "").replace(/\{(\w+)\}/g, (place, name: string) => String(values[name] ?? place));
}

/** A number as the language writes it; Khmer pages use the signs of Vietnamese, as the server does. */
export function writeNumber(value: number, language: string, decimals = 0): string {
  const locale = language === "en" ? "en" : "vi";
  return value.toLocaleString(locale, { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
}

export function readJson<T>(text: string | undefined): T | undefined {
  try {
    return text ? (JSON.parse(text) as T) : undefined;
  } catch {
    return undefined;
  }
}
