// Maps that only show: fields, a day's route, a flight plan. Each feature may have the properties
// `name` (text of its popup), `href`, `kind` (field, path, stop, base, hole, muted) and `number` (a stop's place in the route).
import type { Feature, FeatureCollection } from "geojson";
import L from "leaflet";
import { makeMap, show } from "./leaflet_map";
import { readJson } from "./texts";

interface ServiceArea {
  lon: number;
  lat: number;
  radius_km: number;
}

for (const element of document.querySelectorAll<HTMLElement>("[data-map]")) start(element);

function start(element: HTMLElement): void {
  const map = makeMap(element);
  const shapes = readJson<FeatureCollection>(element.dataset.geojson) ?? { type: "FeatureCollection", features: [] };
  const layer = L.geoJSON(shapes, { style, pointToLayer: point, onEachFeature: label });
  const bounds = layer.getBounds();
  const area = readJson<ServiceArea>(element.dataset.serviceArea);
  if (area) {
    const circle = L.circle([area.lat, area.lon], { radius: area.radius_km * 1000, className: "shape service-area", interactive: false });
    circle.addTo(map.setView([area.lat, area.lon], 9));
    bounds.extend(circle.getBounds());
  }
  show(map, bounds, [9.43, 105.72], 10);
  layer.addTo(map);
}

function style(feature?: Feature): L.PathOptions {
  return { className: `shape ${String(feature?.properties?.kind ?? "field")}` };
}

function point(feature: Feature, at: L.LatLng): L.Layer {
  const kind = String(feature.properties?.kind ?? "stop");
  const number = feature.properties?.number as number | string | undefined;
  if (number === undefined) return L.circleMarker(at, { radius: 7, className: `shape ${kind}` });
  const icon = L.divIcon({ className: `map-pin ${kind}`, html: document.createElement("b"), iconSize: [34, 34] });
  const marker = L.marker(at, { icon, keyboard: false });
  marker.on("add", () => marker.getElement()?.firstElementChild?.replaceChildren(String(number)));
  return marker;
}

function label(feature: Feature, layer: L.Layer): void {
  const { name, href } = (feature.properties ?? {}) as { name?: string; href?: string };
  if (!name) return;
  const text = document.createElement(href ? "a" : "span");
  text.textContent = name;
  if (href?.startsWith("/")) text.setAttribute("href", href);
  layer.bindPopup(text);
}
