// The map of a planned flight with its layers, and the slider that flies it.
import type { Geometry } from "geojson";
import L from "leaflet";
import { type Flight, momentAt, type Now, type Place } from "./flight_clock";
import { makeMap, show } from "./leaflet_map";
import { fill, readJson, writeNumber } from "./texts";

interface Plan {
  swath_m: number;
  shape: Geometry;
  zones: Geometry | null;
  kept: Geometry[];
  buffers: Geometry[];
  gaps: Geometry | null;
  overlaps: Geometry | null;
  refills: Place[];
  unused: Place[];
  flights: Flight[];
}

const COLOURS = 6;
const WHOLE_PLAY_MS = 40_000;
const CALM_STEP_MS = 1_000;
const M_PER_DEGREE = 111_320;

export function fly(root: HTMLElement): void {
  const plan = readJson<Plan>(root.dataset.flight);
  const element = root.querySelector<HTMLElement>(".flight-map");
  const slider = root.querySelector<HTMLInputElement>("input[type=range]");
  if (!plan || !element || !slider || !element.hidden) return;
  for (const part of root.querySelectorAll<HTMLElement>(".flight-map, .flight-controls, .flight-now, .flight-layers")) part.hidden = false;
  for (const part of root.querySelectorAll<HTMLElement>(".flight-picture, .flight-legend")) part.hidden = true;
  Object.assign(element.dataset, root.dataset);
  // A field fills the map better between the whole zoom levels.
  const map = makeMap(element, 0.25);
  const outline = geometry(plan.shape, "field-edge");
  const bounds = outline.getBounds();
  for (const [lon, lat] of plan.flights.flatMap((flight) => flight.path)) bounds.extend([lat, lon]);
  for (const [lon, lat] of plan.unused) bounds.extend([lat, lon]);
  show(map, bounds, [0, 0], 16);
  outline.addTo(map);
  addLayers(root, map, plan);
  const pointer = new Pointer(map, plan);
  const update = (): void => tell(root, slider, pointer, plan);
  slider.step = String(Math.max(1, Math.round(Number(slider.max) / 400)));
  slider.addEventListener("input", update);
  makePlayer(root, slider, update);
  update();
}

function geometry(area: Geometry | null, className: string): L.GeoJSON {
  const look = { interactive: false, className: `flown ${className}` };
  return L.geoJSON(area, { ...look, style: look, pointToLayer: (_, place) => L.circleMarker(place, { ...look, radius: 6 }) });
}

/** The layers in the order in which they lie on each other; each has a box that shows or hides it. */
function addLayers(root: HTMLElement, map: L.Map, plan: Plan): void {
  const layers: Record<string, L.Layer> = {
    strips: L.layerGroup(plan.flights.map((flight) => strips(flight, plan.swath_m))),
    buffers: L.layerGroup(plan.buffers.map((buffer) => geometry(buffer, "buffers"))),
    overlaps: geometry(plan.overlaps, "overlaps"),
    gaps: geometry(plan.gaps, "gaps"),
    ways: L.layerGroup(plan.flights.map(ways)),
  };
  geometry(plan.zones, "zones").addTo(map);
  for (const thing of plan.kept) geometry(thing, "kept").addTo(map);
  for (const [name, layer] of Object.entries(layers)) {
    const box = root.querySelector<HTMLInputElement>(`[data-flight-layer=${name}]`);
    const put = (): void => void (box?.checked ? layer.addTo(map) : layer.remove());
    box?.addEventListener("change", put);
    put();
  }
  const mark = ([lon, lat]: Place, className: string): L.Layer =>
    L.circleMarker([lat, lon], { radius: 8, className: `flown refill ${className}`, interactive: false }).addTo(map);
  for (const place of plan.unused) mark(place, "unused");
  for (const place of plan.refills) mark(place, "used");
}

function strips(flight: Flight, swath_m: number): L.Polygon {
  const rings: L.LatLngExpression[][][] = [];
  for (const [from, to, phase] of legs(flight)) if (phase === "spray") rings.push([strip(from, to, swath_m)]);
  return L.polygon(rings, { className: `flown strip f${(flight.number - 1) % COLOURS}`, interactive: false });
}

/** The four corners of a strip; on a field the Earth is flat. */
function strip([lon, lat]: Place, [toLon, toLat]: Place, swath_m: number): L.LatLngTuple[] {
  const squeeze = Math.cos((lat * Math.PI) / 180);
  const [east, north] = [(toLon - lon) * squeeze, toLat - lat];
  const half = swath_m / 2 / M_PER_DEGREE / Math.max(Math.hypot(east, north), 1e-12);
  const [sideLon, sideLat] = [(-north * half) / squeeze, east * half];
  return [
    [lat + sideLat, lon + sideLon],
    [lat - sideLat, lon - sideLon],
    [toLat - sideLat, toLon - sideLon],
    [toLat + sideLat, toLon + sideLon],
  ];
}

function ways(flight: Flight): L.LayerGroup {
  const kinds: Record<"spray" | "transit", L.LatLngTuple[][]> = { spray: [], transit: [] };
  for (const [from, to, phase] of legs(flight)) {
    kinds[phase === "spray" ? "spray" : "transit"].push([
      [from[1], from[0]],
      [to[1], to[0]],
    ]);
  }
  const colour = `f${(flight.number - 1) % COLOURS}`;
  const line = (name: "spray" | "transit"): L.Polyline =>
    L.polyline(kinds[name], { className: `flown way ${name} ${colour}`, interactive: false, smoothFactor: 0 });
  return L.layerGroup([line("spray"), line("transit"), number(flight)]);
}

/** The number of a flight where it begins to spray: colour alone says nothing to some. */
function number(flight: Flight): L.Marker {
  const label = document.createElement("b");
  label.textContent = String(flight.number);
  const icon = L.divIcon({ className: `flown-number f${(flight.number - 1) % COLOURS}`, html: label, iconSize: [28, 28] });
  const [lon, lat] = flight.path[Math.max(0, flight.phase.indexOf("spray") - 1)] ?? [0, 0];
  return L.marker([lat, lon], { icon, keyboard: false, interactive: false });
}

function* legs(flight: Flight): Generator<[Place, Place, string]> {
  for (let vertex = 1; vertex < flight.path.length; vertex++) {
    yield [flight.path[vertex - 1] as Place, flight.path[vertex] as Place, flight.phase[vertex] ?? ""];
  }
}

/** The aircraft, and the part of the flight that lies behind it. */
class Pointer {
  private readonly behind: L.Polyline;
  private readonly aircraft: L.CircleMarker;

  constructor(map: L.Map, plan: Plan) {
    // Above the numbers of the flights.
    map.createPane("aircraft").style.zIndex = "650";
    this.behind = L.polyline([], { className: "flown behind", interactive: false, smoothFactor: 0 }).addTo(map);
    const [lon, lat] = plan.refills[0] ?? [0, 0];
    this.aircraft = L.circleMarker([lat, lon], { pane: "aircraft", radius: 11, className: "flown aircraft", interactive: false }).addTo(map);
  }

  show(now: Now): void {
    const [lon, lat] = now.place;
    const places = [...now.flight.path.slice(0, now.vertex + 1), now.place];
    this.behind.setLatLngs(places.map(([east, north]): L.LatLngTuple => [north, east]));
    this.aircraft.setLatLng([lat, lon]).bringToFront();
  }
}

function tell(root: HTMLElement, slider: HTMLInputElement, pointer: Pointer, plan: Plan): void {
  const now = momentAt(plan.flights, Number(slider.value));
  if (!now) return;
  pointer.show(now);
  const { language = "en", unit = "" } = root.dataset;
  const phases = readJson<Record<string, string>>(root.dataset.phases) ?? {};
  const values = {
    phase: phases[now.phase] ?? "",
    number: now.flight.number,
    count: plan.flights.length,
    left: `${writeNumber(now.left, language, 1)} ${unit}`,
    battery: `${writeNumber(now.battery * 100, language)} %`,
  };
  const shown: Record<string, string | number> = { ...values, number: `${values.number} / ${values.count}` };
  for (const place of root.querySelectorAll<HTMLElement>("[data-flight-now]")) place.textContent = String(shown[place.dataset.flightNow ?? ""] ?? "");
  slider.setAttribute("aria-valuetext", fill(now.phase === "setup" ? root.dataset.start : root.dataset.now, values));
  const clock = root.querySelector(".flight-clock");
  if (clock) clock.textContent = `${minutes(Number(slider.value))} / ${minutes(Number(slider.max))}`;
}

function minutes(seconds: number): string {
  return `${Math.floor(seconds / 60)}:${String(Math.round(seconds) % 60).padStart(2, "0")}`;
}

/** Play runs the whole plan in under a minute; who asked for less motion gets one step a second. */
function makePlayer(root: HTMLElement, slider: HTMLInputElement, update: () => void): void {
  const button = root.querySelector<HTMLButtonElement>("[data-flight-play]");
  if (!button) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  let last = 0;
  let at = 0;
  let frame = 0;
  const set = (playing: boolean): void => {
    button.classList.toggle("playing", playing);
    const label = button.querySelector("span");
    if (label) label.textContent = (playing ? root.dataset.pause : root.dataset.play) ?? "";
    button.querySelector("use")?.setAttribute("href", `/static/icons.svg#${playing ? "stop" : "play"}`);
    if (!playing) cancelAnimationFrame(frame);
  };
  const step = (time: number): void => {
    const passed = time - last;
    if (passed >= (calm ? CALM_STEP_MS : 0)) {
      at += (passed / WHOLE_PLAY_MS) * Number(slider.max);
      last = time;
      slider.value = String(at);
      update();
    }
    if (at >= Number(slider.max)) set(false);
    else frame = requestAnimationFrame(step);
  };
  button.addEventListener("click", () => {
    const starts = !button.classList.contains("playing");
    set(starts);
    if (!starts) return;
    at = Number(slider.value) >= Number(slider.max) ? 0 : Number(slider.value);
    last = performance.now();
    frame = requestAnimationFrame(step);
  });
  slider.addEventListener("pointerdown", () => set(false));
  slider.addEventListener("keydown", () => set(false));
}
