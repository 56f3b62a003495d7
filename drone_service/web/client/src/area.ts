// The geodesic area of a field on WGS84, the same number as the server's: rings measured one by one, holes taken out.
import { Geodesic, PolygonArea } from "geographiclib-geodesic";
import type { MultiPolygon, Polygon, Position } from "geojson";

export type Field = Polygon | MultiPolygon;

/** Area in m² without the holes. */
export function areaM2(field: Field): number {
  let total = 0;
  for (const rings of parts(field)) {
    rings.forEach((ring, index) => {
      const size = Math.abs(measure(ring).area);
      total += index === 0 ? size : -size;
    });
  }
  return total;
}

/** Length in metres of all edges, those of the holes too. */
export function perimeterM(field: Field): number {
  let total = 0;
  for (const rings of parts(field)) for (const ring of rings) total += measure(ring).perimeter;
  return total;
}

function parts(field: Field): Position[][][] {
  return field.type === "Polygon" ? [field.coordinates] : field.coordinates;
}

function measure(ring: Position[]): { area: number; perimeter: number } {
  const polygon = new PolygonArea.PolygonArea(Geodesic.WGS84, false);
  for (const [lon, lat] of open(ring)) polygon.AddPoint(lat ?? 0, lon ?? 0);
  const { area, perimeter } = polygon.Compute(false, true);
  return { area: area ?? 0, perimeter };
}

function open(ring: Position[]): Position[] {
  const first = ring[0];
  const last = ring[ring.length - 1];
  const closed = ring.length > 1 && first?.[0] === last?.[0] && first?.[1] === last?.[1];
  return closed ? ring.slice(0, -1) : ring;
}
