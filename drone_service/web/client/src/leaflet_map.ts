// A Leaflet map from the data attributes of an element. Works without tiles: the shapes are then on a plain ground.
import L from "leaflet";
import type { Corner } from "./outline";

const DECIMALS = 7; // of a degree: one centimetre
const MAX_ZOOM = 20;
const NATIVE_TILE_ZOOM = 19;

// Leaflet hands the keys to the map after a click on + or −. The browser then brings all of the map into sight, so the page
// would jump under the finger and the next tap would press what lies below it.
L.Control.include({
  _refocusOnMap(this: { _map: L.Map }, click?: MouseEvent) {
    if (click && click.screenX > 0 && click.screenY > 0) this._map.getContainer().focus({ preventScroll: true });
  },
});

export function makeMap(element: HTMLElement, zoomSnap = 1): L.Map {
  const { tiles, attribution = "", zoomIn = "", zoomOut = "" } = element.dataset;
  const map = L.map(element, {
    zoomControl: false,
    attributionControl: Boolean(tiles),
    maxZoom: MAX_ZOOM,
    minZoom: 5,
    zoomSnap,
    zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
  });
  map.attributionControl?.setPrefix(false);
  L.control.zoom({ position: "bottomright", zoomInTitle: zoomIn, zoomOutTitle: zoomOut }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomleft" }).addTo(map);
  if (tiles) L.tileLayer(tiles, { attribution, maxZoom: MAX_ZOOM, maxNativeZoom: NATIVE_TILE_ZOOM }).addTo(map);
  else element.classList.add("no-tiles");
  return map;
}

/** Show all of it, or the point to begin with where there is nothing. */
export function show(map: L.Map, bounds: L.LatLngBounds | undefined, centre: L.LatLngExpression, zoom: number): void {
  if (bounds?.isValid()) map.fitBounds(bounds, { padding: [28, 28], maxZoom: 18 });
  else map.setView(centre, zoom);
}

export function toCorner(at: L.LatLng): Corner {
  return [Number(at.lng.toFixed(DECIMALS)), Number(at.lat.toFixed(DECIMALS))];
}

export function toLatLng([lon, lat]: Corner): L.LatLng {
  return L.latLng(lat, lon);
}
