// Drawing a field: one list of corners, changed by taps, by the cross in the middle, by GPS, by dragging and by undo.
// The text area below holds the GeoJSON that is sent; without this script it is what people see.
import type { FeatureCollection, Polygon } from "geojson";
import L from "leaflet";
import { areaM2 } from "./area";
import { makeMap, show } from "./leaflet_map";
import { type Corner, crossing } from "./outline";
import { fill, readJson, writeNumber } from "./texts";

const DECIMALS = 7; // of a degree: one centimetre
const GOOD_FIX_M = 5;
const GPS_WAIT_MS = 20_000;

class Drawing {
  private readonly text: HTMLTextAreaElement;
  private readonly data: DOMStringMap;
  private readonly map: L.Map;
  private readonly shape: L.Polygon;
  private readonly corners: Corner[] = [];
  private readonly pins: L.Marker[] = [];
  private readonly status = make("p", "draw-status");
  private readonly advice = make("p", "draw-advice");
  private readonly buttons: Record<"add" | "gps" | "undo" | "clear" | "finish", HTMLButtonElement>;
  private finished = false;

  constructor(root: HTMLElement) {
    this.data = root.dataset;
    this.text = root.querySelector("textarea") as HTMLTextAreaElement;
    this.buttons = {
      add: button("add", this.data.add, "plus", () => this.add(this.map.getCenter())),
      gps: button("gps", this.data.gps, "pin", () => this.addPosition()),
      undo: button("undo", this.data.undo, "undo", () => this.takeBack()),
      clear: button("clear", this.data.clear, "trash", () => this.clear()),
      finish: button("finish", this.data.finish, "check", () => this.finish()),
    };
    const ground = this.build(root);
    this.map = makeMap(ground);
    this.shape = L.polygon([], { className: "shape drawn", interactive: false });
    this.begin();
  }

  /** Put the map and its tools in front of the text area, which goes out of sight. */
  private build(root: HTMLElement): HTMLElement {
    const ground = make("div", "map tall");
    ground.setAttribute("role", "region");
    ground.setAttribute("aria-label", this.data.label ?? "");
    for (const name of ["tiles", "attribution", "zoomIn", "zoomOut"]) ground.dataset[name] = this.data[name] ?? "";
    this.status.setAttribute("role", "status");
    this.advice.setAttribute("role", "status");
    const tools = make("div", "draw-tools");
    tools.append(this.buttons.add, this.buttons.gps, this.buttons.undo, this.buttons.finish, this.buttons.clear);
    const frame = make("div", "draw-frame");
    frame.append(ground, make("span", "draw-cross"));
    root.prepend(this.status, frame, this.advice, tools);
    root.classList.add("drawing");
    this.text.hidden = true;
    root.querySelector("[data-draw-label]")?.setAttribute("hidden", "");
    return ground;
  }

  private begin(): void {
    const others = readJson<FeatureCollection>(this.data.others);
    const beside = others ? L.geoJSON(others, { style: { className: "shape muted" }, interactive: false }) : undefined;
    const typed = readJson<Polygon>(this.text.value);
    if (typed?.type === "Polygon") for (const [lon, lat] of typed.coordinates[0]?.slice(0, -1) ?? []) this.corners.push([lon ?? 0, lat ?? 0]);
    const bounds = this.corners.length ? L.latLngBounds(this.corners.map(toLatLng)) : beside?.getBounds();
    const [lon, lat] = readJson<[number, number]>(this.data.centre) ?? [105.72, 9.43];
    show(this.map, bounds, [lat, lon], 16);
    beside?.addTo(this.map);
    this.shape.addTo(this.map);
    this.map.doubleClickZoom.disable();
    this.map.on("click", (tap: L.LeafletMouseEvent) => this.add(tap.latlng));
    this.refresh();
  }

  private add(at: L.LatLng): void {
    if (this.finished) return;
    const corner = toCorner(at);
    const last = this.corners[this.corners.length - 1];
    if (last && last[0] === corner[0] && last[1] === corner[1]) return;
    this.corners.push(corner);
    this.refresh();
  }

  private addPosition(): void {
    this.advice.textContent = this.data.gpsWait ?? "";
    const found = ({ coords }: GeolocationPosition): void => {
      const at = L.latLng(coords.latitude, coords.longitude);
      this.map.setView(at, Math.max(this.map.getZoom(), 17));
      this.add(at);
      const text = coords.accuracy <= GOOD_FIX_M ? this.data.gpsGood : this.data.gpsPoor;
      this.advice.textContent = fill(text, { metres: Math.round(coords.accuracy) });
    };
    const failed = (): void => {
      this.advice.textContent = this.data.gpsFailed ?? "";
    };
    if (!navigator.geolocation) failed();
    else navigator.geolocation.getCurrentPosition(found, failed, { enableHighAccuracy: true, timeout: GPS_WAIT_MS, maximumAge: 0 });
  }

  private takeBack(): void {
    this.finished = false;
    this.corners.pop();
    this.refresh();
  }

  private clear(): void {
    this.finished = false;
    this.corners.length = 0;
    this.refresh();
  }

  private finish(): void {
    this.finished = !this.finished;
    if (this.finished) show(this.map, this.shape.getBounds(), this.map.getCenter(), this.map.getZoom());
    this.refresh();
  }

  private refresh(): void {
    this.shape.setLatLngs(this.corners.map(toLatLng));
    this.drawPins();
    const crossed = crossing(this.corners, this.corners.length > 2) !== undefined;
    const whole = this.corners.length > 2 && !crossed;
    if (!whole) this.finished = false;
    this.shape.getElement()?.classList.toggle("wrong", crossed);
    this.write(whole);
    this.say(whole, crossed);
    this.buttons.undo.disabled = this.buttons.clear.disabled = this.corners.length === 0;
    this.buttons.finish.disabled = !whole;
    this.buttons.add.disabled = this.buttons.gps.disabled = this.finished;
    label(this.buttons.finish, this.finished ? this.data.edit : this.data.finish, this.finished ? "edit" : "check");
  }

  private write(whole: boolean): void {
    const before = this.text.value;
    this.text.value = whole ? JSON.stringify(this.polygon()) : "";
    if (this.text.value !== before) this.text.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private say(whole: boolean, crossed: boolean): void {
    const count = this.corners.length;
    this.status.classList.toggle("wrong", crossed);
    if (crossed) this.status.textContent = this.data.crossing ?? "";
    else if (whole) this.status.textContent = this.size();
    else this.status.textContent = count ? fill(this.data.more, { count }) : (this.data.start ?? "");
    if (this.finished) this.advice.textContent = this.data.done ?? "";
  }

  private size(): string {
    const square = areaM2(this.polygon());
    const language = this.data.language ?? "vi";
    return fill(this.data.area, {
      cong: writeNumber(square / Number(this.data.congM2 ?? 1296), language, 2),
      ha: writeNumber(square / 10_000, language, 2),
      m2: writeNumber(square, language),
    });
  }

  private polygon(): Polygon {
    return { type: "Polygon", coordinates: [[...this.corners, this.corners[0] as Corner].map(([lon, lat]) => [lon, lat])] };
  }

  private drawPins(): void {
    for (const pin of this.pins.splice(0)) pin.remove();
    this.corners.forEach((corner, index) => {
      const icon = L.divIcon({ className: "corner-pin", iconSize: [44, 44] });
      const title = fill(this.data.corner, { number: index + 1 });
      const pin = L.marker(toLatLng(corner), { icon, title, draggable: !this.finished, keyboard: false, bubblingMouseEvents: false });
      pin.on("dragend", () => {
        this.corners[index] = toCorner(pin.getLatLng());
        this.refresh();
      });
      this.pins.push(pin.addTo(this.map));
    });
  }
}

function toCorner(at: L.LatLng): Corner {
  return [Number(at.lng.toFixed(DECIMALS)), Number(at.lat.toFixed(DECIMALS))];
}

function toLatLng([lon, lat]: Corner): L.LatLng {
  return L.latLng(lat, lon);
}

function make(tag: string, className: string): HTMLElement {
  const element = document.createElement(tag);
  element.className = className;
  return element;
}

function button(name: string, text: string | undefined, icon: string, act: () => void): HTMLButtonElement {
  const element = make("button", `button plain draw-${name}`) as HTMLButtonElement;
  element.type = "button";
  label(element, text, icon);
  element.addEventListener("click", act);
  return element;
}

function label(element: HTMLButtonElement, text: string | undefined, icon: string): void {
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

for (const element of document.querySelectorAll<HTMLElement>("[data-draw]")) new Drawing(element);
