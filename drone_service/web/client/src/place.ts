// Placing a thing: a point, a line or an area, as the chosen kind is drawn. Taps, the cross in the middle, the own position.
// The text area below holds the GeoJSON that is sent; without this script it is what people see.
import type { Feature, FeatureCollection, Geometry } from "geojson";
import L from "leaflet";
import { makeMap, show, toCorner, toLatLng } from "./leaflet_map";
import { type Corner, crossing } from "./outline";
import { button, frameMap, keepUntilWhole, make } from "./parts";
import { takeFix } from "./position";
import { fill, readJson } from "./texts";

class Placing {
  private readonly text: HTMLTextAreaElement;
  private readonly data: DOMStringMap;
  private readonly map: L.Map;
  private readonly area = L.polygon([], { className: "shape drawn", interactive: false });
  private readonly line = L.polyline([], { className: "shape drawn line", interactive: false });
  private readonly pins = L.layerGroup();
  private readonly status = make("p", "draw-status");
  private readonly tools: Record<"add" | "gps" | "undo", HTMLButtonElement>;
  private readonly shapes: Record<string, string>;
  private corners: Corner[] = [];

  constructor(root: HTMLElement) {
    this.data = root.dataset;
    this.text = root.querySelector("textarea") as HTMLTextAreaElement;
    this.shapes = readJson<Record<string, string>>(this.data.shapes) ?? {};
    this.tools = {
      add: button("add", this.data.add, "plus", () => this.add(this.map.getCenter())),
      gps: button("gps", this.data.gps, "pin", () => this.addPosition()),
      undo: button("undo", this.data.undo, "undo", () => this.takeBack()),
    };
    this.map = makeMap(frameMap(root, this.text, this.status, Object.values(this.tools)));
    this.begin();
  }

  private begin(): void {
    const others = readJson<FeatureCollection>(this.data.others);
    const kind = (feature?: Feature): string => `shape ${String(feature?.properties?.kind ?? "muted")}`;
    const beside = L.geoJSON(others, {
      style: (feature) => ({ className: kind(feature) }),
      pointToLayer: (feature, at) => L.circleMarker(at, { radius: 7, className: kind(feature) }),
      interactive: false,
    });
    this.corners = placesOf(readJson<Geometry>(this.text.value));
    const field = L.geoJSON(others?.features.find((feature) => feature.properties?.kind === "field")).getBounds();
    const [lon, lat] = readJson<[number, number]>(this.data.centre) ?? [105.72, 9.43];
    show(this.map, field, [lat, lon], 16);
    for (const layer of [beside, this.area, this.line, this.pins]) layer.addTo(this.map);
    this.map.doubleClickZoom.disable();
    this.map.on("click", (tap: L.LeafletMouseEvent) => this.add(tap.latlng));
    this.text.form?.addEventListener("change", (event) => event.target !== this.text && this.refresh());
    keepUntilWhole(this.text.form, this.status, () => this.text.value !== "" || this.data.many !== undefined);
    this.refresh();
  }

  /** What the chosen kind is drawn as. */
  private get wanted(): string {
    if (this.data.many !== undefined) return "MultiPoint";
    const chosen = this.text.form?.querySelector<HTMLInputElement>("input[name=kind]:checked");
    return this.shapes[chosen?.value ?? ""] ?? "Point";
  }

  /** What the corners make: one is a point, two are a line. */
  private get made(): "Point" | "MultiPoint" | "LineString" | "Polygon" {
    if (this.wanted === "MultiPoint") return "MultiPoint";
    if (this.corners.length < 2) return "Point";
    return this.wanted === "Polygon" && this.corners.length > 2 ? "Polygon" : "LineString";
  }

  private add(at: L.LatLng): void {
    const corner = toCorner(at);
    const last = this.corners[this.corners.length - 1];
    if (last && last[0] === corner[0] && last[1] === corner[1]) return;
    this.corners.push(corner);
    this.refresh();
  }

  private addPosition(): void {
    this.status.textContent = this.data.gpsWait ?? "";
    const taken = ({ corner }: { corner: Corner }): void => {
      this.map.setView(toLatLng(corner));
      this.add(toLatLng(corner));
    };
    const failed = (): void => {
      this.status.textContent = this.data.gpsFailed ?? "";
    };
    takeFix(() => undefined, taken, failed);
  }

  private takeBack(): void {
    this.corners.pop();
    this.refresh();
  }

  private refresh(): void {
    if (this.wanted === "Point") this.corners = this.corners.slice(-1);
    const isArea = this.made === "Polygon";
    const places = this.corners.map(toLatLng);
    this.area.setLatLngs(isArea ? places : []);
    this.line.setLatLngs(isArea || this.made === "MultiPoint" ? [] : places);
    this.drawPins();
    const crossed = isArea && crossing(this.corners, true) !== undefined;
    this.area.getElement()?.classList.toggle("wrong", crossed);
    this.status.classList.toggle("wrong", crossed);
    this.status.textContent = crossed ? (this.data.crossing ?? "") : this.said();
    this.text.value = this.corners.length && !crossed ? JSON.stringify(this.geometry()) : "";
    this.tools.undo.disabled = this.corners.length === 0;
  }

  private said(): string {
    const count = this.corners.length;
    if (!count) return this.data.start ?? "";
    return count === 1 ? (this.data.one ?? "") : fill(this.data.placed, { count });
  }

  private geometry(): Geometry {
    const places = this.corners.map(([lon, lat]) => [lon, lat]);
    if (this.made === "Polygon") return { type: "Polygon", coordinates: [[...places, places[0] ?? []]] };
    if (this.made === "MultiPoint") return { type: "MultiPoint", coordinates: places };
    return this.made === "Point" ? { type: "Point", coordinates: places[0] ?? [] } : { type: "LineString", coordinates: places };
  }

  private drawPins(): void {
    this.pins.clearLayers();
    this.corners.forEach((corner, index) => {
      const icon = L.divIcon({ className: "corner-pin", iconSize: [44, 44] });
      const title = fill(this.data.corner, { number: index + 1 });
      const pin = L.marker(toLatLng(corner), { icon, title, draggable: true, keyboard: false, bubblingMouseEvents: false });
      pin.on("dragend", () => {
        this.corners[index] = toCorner(pin.getLatLng());
        this.refresh();
      });
      this.pins.addLayer(pin);
    });
  }
}

function placesOf(geometry: Geometry | undefined): Corner[] {
  const corner = ([lon, lat]: number[]): Corner => [lon ?? 0, lat ?? 0];
  if (geometry?.type === "Polygon") return (geometry.coordinates[0] ?? []).slice(0, -1).map(corner);
  if (geometry?.type === "LineString" || geometry?.type === "MultiPoint") return geometry.coordinates.map(corner);
  return geometry?.type === "Point" ? [corner(geometry.coordinates)] : [];
}

for (const element of document.querySelectorAll<HTMLElement>("[data-place]")) new Placing(element);
