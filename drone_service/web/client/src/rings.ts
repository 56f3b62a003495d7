// The rings of a field while it is drawn: outlines, and what is cut out of them. Pure; corners are longitude, latitude.
import type { MultiPolygon, Polygon, Position } from "geojson";
import { type Corner, crossing, sidesCross } from "./outline";

export interface Rings {
  outers: Corner[][];
  holes: Corner[][];
}

export type Fault = "crossing" | "outside";

const M_PER_DEGREE = 111_320;

export function ringsOf(geometry: Polygon | MultiPolygon): Rings {
  const parts = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const rings: Rings = { outers: [], holes: [] };
  for (const [outer, ...holes] of parts) {
    if (outer) rings.outers.push(opened(outer));
    rings.holes.push(...holes.map(opened));
  }
  return rings;
}

/** One polygon, or several parts; a hole goes to the part that it lies in. */
export function geometryOf({ outers, holes }: Rings): Polygon | MultiPolygon {
  const parts = outers.map((outer) => [closed(outer), ...holes.filter((hole) => hole[0] && isInside(hole[0], outer)).map(closed)]);
  return parts.length === 1 ? { type: "Polygon", coordinates: parts[0] as Position[][] } : { type: "MultiPolygon", coordinates: parts };
}

/** What is wrong with rings of three or more corners; unfinished ones are looked at as far as they go. */
export function faultOf(rings: Rings): Fault | undefined {
  const all = [...rings.outers, ...rings.holes];
  if (all.some((ring) => crossing(ring, ring.length > 2))) return "crossing";
  for (const [index, ring] of all.entries()) if (all.slice(index + 1).some((other) => sidesCross(ring, other))) return "outside";
  const within = (ring: Corner[], group: Corner[][]): boolean => group.some((other) => other !== ring && ring[0] !== undefined && isInside(ring[0], other));
  const apart = (group: Corner[][]): boolean => !group.some((ring) => within(ring, group));
  const held = rings.holes.every((hole) => hole.length === 0 || within(hole, rings.outers));
  return held && apart(rings.holes) && apart(rings.outers) ? undefined : "outside";
}

export function lastOf<T>(list: readonly T[] | undefined): T | undefined {
  return list?.[list.length - 1];
}

/** Metres between two corners, good to a thousandth over a field. */
export function distanceM(a: Corner, b: Corner): number {
  const [x, y] = inMetres(b, a);
  return Math.hypot(x, y);
}

export function isInside([lon, lat]: Corner, ring: readonly Corner[]): boolean {
  let inside = false;
  ring.forEach(([x, y], index) => {
    const [beforeX, beforeY] = ring[(index + ring.length - 1) % ring.length] as Corner;
    if (y > lat !== beforeY > lat && lon < ((beforeX - x) * (lat - y)) / (beforeY - y) + x) inside = !inside;
  });
  return inside;
}

function inMetres([lon, lat]: Corner, [lon0, lat0]: Corner): [number, number] {
  return [(lon - lon0) * M_PER_DEGREE * Math.cos((lat0 * Math.PI) / 180), (lat - lat0) * M_PER_DEGREE];
}

function opened(ring: Position[]): Corner[] {
  return ring.slice(0, -1).map(([lon, lat]) => [lon ?? 0, lat ?? 0]);
}

function closed(ring: readonly Corner[]): Position[] {
  return [...ring, ring[0] as Corner].map(([lon, lat]) => [lon, lat]);
}
