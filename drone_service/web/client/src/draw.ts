// Drawing a field: corners by taps, by the cross in the middle, by position, by walking the edge; ponds cut out; every step undone.
// Two modes. Drawing adds corners to one ring; adjusting moves, adds and removes corners of all rings.
// The text area below holds the GeoJSON that is sent; without this script it is what people see.
import type { FeatureCollection, MultiPolygon, Polygon } from "geojson";
import L from "leaflet";
import { areaM2 } from "./area";
import { makeMap, show, toCorner, toLatLng } from "./leaflet_map";
import type { Corner } from "./outline";
import { type Fix, follow, GOOD_FIX_M, POOR_FIX_M, takeFix } from "./position";
import { distanceM, type Fault, faultOf, geometryOf, lastOf, type Rings, ringsOf } from "./rings";
import { button, frameMap, keepUntilWhole, label, make } from "./parts";
import { fill, readJson, writeNumber } from "./texts";

const WALK_STEP_M = 4;

interface State extends Rings {
  drawing?: "outers" | "holes";
  /** How sure the phone was of each corner that was walked. The service takes its noise out, and says so. */
  walked: number[];
}
interface Price {
  amount_vnd: number;
  priced_m2: number;
  minimum_vnd: number;
}
type Place = { ring: Corner[]; index: number };
type Tool = "add" | "gps" | "walk" | "undo" | "hole" | "remove" | "clear" | "finish";

class Drawing {
  private readonly text: HTMLTextAreaElement;
  private readonly data: DOMStringMap;
  private readonly map: L.Map;
  private readonly shape = L.polygon([], { className: "shape drawn", interactive: false });
  private readonly pins = L.layerGroup();
  private readonly here = L.layerGroup();
  private readonly status = make("p", "draw-status");
  private readonly advice = make("p", "draw-advice");
  private readonly tools: Record<Tool, HTMLButtonElement>;
  private readonly history: State[] = [];
  private state: State = { outers: [[]], holes: [], drawing: "outers", walked: [] };
  private chosen: Place | undefined;
  private stopWalk: (() => void) | undefined;
  private stopFix: (() => void) | undefined;
  private readonly walkedRow: HTMLElement | null;

  constructor(root: HTMLElement) {
    this.data = root.dataset;
    this.text = root.querySelector("textarea") as HTMLTextAreaElement;
    this.walkedRow = root.querySelector("[data-walked]");
    const before = Number(this.walkedInput("hidden")?.value);
    if (before > 0) this.state.walked = [before];
    this.walkedRow?.addEventListener("change", () => this.refresh());
    this.tools = {
      add: button("add", this.data.add, "plus", () => this.add(this.map.getCenter())),
      gps: button("gps", this.data.gps, "pin", () => this.addPosition()),
      walk: button("walk", this.data.walk, "route", () => this.walk()),
      undo: button("undo", this.data.undo, "undo", () => this.undo()),
      hole: button("hole", this.data.hole, "drop", () => this.change(() => this.beginHole())),
      remove: button("remove", this.data.remove, "cross", () => this.change(() => this.removeChosen())),
      clear: button("clear", this.data.clear, "trash", () => this.change(() => this.clear())),
      finish: button("finish", this.data.finish, "check", () => this.change(() => this.finish())),
    };
    this.map = makeMap(frameMap(root, this.text, this.status, Object.values(this.tools), this.advice));
    this.begin();
  }

  private begin(): void {
    const others = readJson<FeatureCollection>(this.data.others);
    const beside = others ? L.geoJSON(others, { style: { className: "shape muted" }, interactive: false }) : undefined;
    const typed = readJson<Polygon | MultiPolygon>(this.text.value);
    if (typed?.coordinates?.length) this.state = { ...ringsOf(typed), walked: this.state.walked };
    const corners = this.state.outers.flat();
    const bounds = corners.length ? L.latLngBounds(corners.map(toLatLng)) : beside?.getBounds();
    const [lon, lat] = readJson<[number, number]>(this.data.centre) ?? [105.72, 9.43];
    show(this.map, bounds, [lat, lon], 16);
    beside?.addTo(this.map);
    for (const layer of [this.shape, this.pins, this.here]) layer.addTo(this.map);
    this.map.doubleClickZoom.disable();
    this.map.on("click", (tap: L.LeafletMouseEvent) => (this.chosen ? this.moveChosen(tap.latlng) : this.add(tap.latlng)));
    keepUntilWhole(this.text.form, this.status, () => this.text.value !== "");
    this.refresh();
  }

  /** Every change goes through here, so that each can be undone. */
  private change(act: () => void): void {
    this.history.push(copied(this.state));
    act();
    this.refresh();
  }

  private undo(): void {
    this.stopFix?.();
    this.chosen = undefined;
    this.state = this.history.pop() ?? this.state;
    this.refresh();
  }

  /** The ring that taps add to; none while adjusting. */
  private get ring(): Corner[] | undefined {
    return this.state.drawing && lastOf(this.state[this.state.drawing]);
  }

  private add(at: L.LatLng, accuracyM?: number): void {
    const { ring } = this;
    const corner = toCorner(at);
    const last = lastOf(ring);
    if (!ring || (last && last[0] === corner[0] && last[1] === corner[1])) return;
    this.change(() => {
      ring.push(corner);
      if (accuracyM !== undefined) this.state.walked.push(accuracyM);
    });
  }

  private addPosition(): void {
    this.advice.textContent = this.data.gpsWait ?? "";
    this.stopFix?.();
    const taken = (fix: Fix): void => {
      this.map.setView(toLatLng(fix.corner), Math.max(this.map.getZoom(), 17));
      this.add(toLatLng(fix.corner));
      this.see(fix);
    };
    this.stopFix = takeFix((fix) => this.see(fix), taken, () => this.lost());
  }

  private walk(): void {
    if (this.stopWalk) return this.pause();
    this.advice.textContent = this.data.walking ?? "";
    const step = (fix: Fix): void => {
      this.see(fix);
      const last = lastOf(this.ring);
      if (fix.accuracyM > POOR_FIX_M || (last && distanceM(last, fix.corner) < WALK_STEP_M)) return;
      this.map.panTo(toLatLng(fix.corner));
      this.add(toLatLng(fix.corner), fix.accuracyM);
    };
    this.stopWalk = follow(step, () => this.lost());
    this.refresh();
  }

  private pause(): void {
    this.stopWalk?.();
    this.stopWalk = undefined;
    this.refresh();
  }

  /** Show where the phone is and how sure it is of it. */
  private see({ corner, accuracyM }: Fix): void {
    const at = toLatLng(corner);
    this.here.clearLayers();
    L.circle(at, { radius: accuracyM, className: "shape sure", interactive: false }).addTo(this.here);
    L.circleMarker(at, { radius: 7, className: "shape here", interactive: false }).addTo(this.here);
    const text = accuracyM <= GOOD_FIX_M ? this.data.gpsGood : accuracyM <= POOR_FIX_M ? this.data.gpsFair : this.data.gpsPoor;
    this.advice.textContent = fill(text, { metres: Math.round(accuracyM) });
    this.advice.dataset.sure = accuracyM <= GOOD_FIX_M ? "good" : "poor";
  }

  private lost(): void {
    this.stopWalk?.();
    this.stopWalk = undefined;
    this.refresh();
    this.advice.textContent = this.data.gpsFailed ?? "";
  }

  private beginHole(): void {
    this.state.holes.push([]);
    this.state.drawing = "holes";
    this.chosen = undefined;
  }

  private removeChosen(): void {
    const { ring, index } = this.chosen ?? {};
    this.chosen = undefined;
    if (!ring || index === undefined) return;
    ring.splice(index, 1);
    // Two corners enclose nothing: a hole goes altogether, an outline is drawn on.
    this.state.holes = this.state.holes.filter((hole) => hole !== ring || hole.length > 2);
    if (ring.length < 3 && this.state.outers.includes(ring)) this.startAt(ring);
  }

  private startAt(ring: Corner[]): void {
    this.state.outers = [...this.state.outers.filter((outer) => outer !== ring), ring];
    this.state.drawing = "outers";
  }

  private clear(): void {
    this.state = { outers: [[]], holes: [], drawing: "outers", walked: [] };
    this.chosen = undefined;
  }

  private walkedInput(type: "hidden" | "checkbox"): HTMLInputElement | undefined {
    return this.walkedRow?.querySelector<HTMLInputElement>(`input[type=${type}]`) ?? undefined;
  }

  /** Ask for the cleaning of what was walked, unless it is to stay as it is. */
  private askToClean(): boolean {
    const accuracy = this.walkedInput("hidden");
    if (!this.walkedRow || !accuracy) return false;
    const sorted = [...this.state.walked].sort((a, b) => a - b);
    const middle = sorted[Math.floor(sorted.length / 2)];
    accuracy.value = middle === undefined ? "" : Math.min(Math.max(middle, 1), POOR_FIX_M).toFixed(1);
    this.walkedRow.hidden = middle === undefined;
    return middle !== undefined && !this.walkedInput("checkbox")?.checked;
  }

  private finish(): void {
    if (this.stopWalk) this.pause();
    delete this.state.drawing;
    show(this.map, this.shape.getBounds(), this.map.getCenter(), this.map.getZoom());
  }

  private moveChosen(at: L.LatLng): void {
    const { chosen } = this;
    if (!chosen) return;
    this.change(() => {
      chosen.ring[chosen.index] = toCorner(at);
      this.chosen = undefined;
    });
  }

  private refresh(): void {
    const rings = [...this.state.outers, ...this.state.holes];
    this.shape.setLatLngs(rings.map((ring) => ring.map(toLatLng)));
    this.drawPins();
    const found = faultOf(this.state);
    // A small loop of a walk is noise that the service takes out; it refuses a large one.
    const fault = this.askToClean() && found === "crossing" ? undefined : found;
    const whole = !fault && rings.every((ring) => ring.length > 2);
    this.shape.getElement()?.classList.toggle("wrong", fault !== undefined);
    this.write(whole);
    this.say(whole, fault);
    this.offer(whole);
  }

  /** Show the tools of the mode, and only let those be pressed that can do something. */
  private offer(whole: boolean): void {
    const { ring, tools } = this;
    for (const name of ["add", "gps", "walk", "finish"] as const) tools[name].hidden = !ring;
    for (const name of ["hole", "remove", "clear"] as const) tools[name].hidden = ring !== undefined;
    tools.undo.disabled = this.history.length === 0;
    tools.finish.disabled = !whole;
    tools.hole.disabled = !whole;
    tools.remove.disabled = this.chosen === undefined;
    tools.gps.disabled = this.stopWalk !== undefined;
    label(tools.walk, this.stopWalk ? this.data.pause : this.data.walk, this.stopWalk ? "stop" : "route");
  }

  private write(whole: boolean): void {
    const before = this.text.value;
    this.text.value = whole ? JSON.stringify(geometryOf(this.state)) : "";
    if (this.text.value !== before) this.text.dispatchEvent(new Event("change", { bubbles: true }));
  }

  private say(whole: boolean, fault: Fault | undefined): void {
    const count = (this.ring ?? this.state.outers[0] ?? []).length;
    this.status.classList.toggle("wrong", fault !== undefined);
    if (fault) this.status.textContent = (fault === "crossing" ? this.data.crossing : this.data.outside) ?? "";
    else if (whole) this.status.textContent = this.size();
    else if (count) this.status.textContent = fill(this.data.more, { count });
    else this.status.textContent = (this.state.drawing === "holes" ? this.data.holeStart : this.data.start) ?? "";
    if (!this.stopWalk) {
      delete this.advice.dataset.sure;
      this.advice.textContent = this.ring ? "" : ((this.chosen ? this.data.chosen : this.data.adjust) ?? "");
    }
  }

  private size(): string {
    const square = areaM2(geometryOf(this.state));
    const language = this.data.language ?? "vi";
    const size = fill(this.data.area, {
      cong: writeNumber(square / Number(this.data.congM2 ?? 1296), language, 2),
      ha: writeNumber(square / 10_000, language, 2),
      m2: writeNumber(square, language),
    });
    const price = readJson<Price>(this.data.price);
    if (!price) return size;
    // As the bill does it: the quantity to four places, times the price, at least the minimum.
    const amount = Math.max(Math.round((Math.round((square / price.priced_m2) * 1e4) / 1e4) * price.amount_vnd), price.minimum_vnd);
    return `${size}\n${fill(this.data.cost, { price: `${writeNumber(amount, language)}\u00a0₫` })}`;
  }

  private drawPins(): void {
    this.pins.clearLayers();
    for (const ring of this.ring ? [this.ring] : [...this.state.outers, ...this.state.holes]) {
      ring.forEach((corner, index) => {
        this.pins.addLayer(this.cornerPin(ring, corner, index));
        if (!this.ring) this.pins.addLayer(this.middlePin(ring, corner, index));
      });
    }
  }

  private cornerPin(ring: Corner[], corner: Corner, index: number): L.Marker {
    const isChosen = this.chosen?.ring === ring && this.chosen.index === index;
    const icon = L.divIcon({ className: `corner-pin${isChosen ? " chosen" : ""}`, iconSize: [44, 44] });
    const title = fill(this.data.corner, { number: index + 1 });
    const pin = L.marker(toLatLng(corner), { icon, title, draggable: true, keyboard: false, bubblingMouseEvents: false });
    pin.on("dragend", () => this.change(() => (ring[index] = toCorner(pin.getLatLng()))));
    pin.on("click", () => {
      if (this.ring) return;
      this.chosen = isChosen ? undefined : { ring, index };
      this.refresh();
    });
    return pin;
  }

  /** A dot between two corners: tapped, it becomes a corner. */
  private middlePin(ring: Corner[], [lon, lat]: Corner, index: number): L.Marker {
    const [nextLon, nextLat] = ring[(index + 1) % ring.length] as Corner;
    const icon = L.divIcon({ className: "middle-pin", iconSize: [32, 32] });
    const pin = L.marker([(lat + nextLat) / 2, (lon + nextLon) / 2], { icon, keyboard: false, bubblingMouseEvents: false, zIndexOffset: -1000 });
    pin.on("click", () =>
      this.change(() => {
        ring.splice(index + 1, 0, toCorner(pin.getLatLng()));
        this.chosen = { ring, index: index + 1 };
      }),
    );
    return pin;
  }
}

function copied(state: State): State {
  const rings = (group: Corner[][]): Corner[][] => group.map((ring) => [...ring]);
  return { ...state, outers: rings(state.outers), holes: rings(state.holes), walked: [...state.walked] };
}

for (const element of document.querySelectorAll<HTMLElement>("[data-draw]")) new Drawing(element);
