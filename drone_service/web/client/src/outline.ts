// Whether the sides of an outline cross. Fields have tens of corners, so every pair is tried.
export type Corner = readonly [lon: number, lat: number];

/** The first pair of sides that cross, by the index of their first corner. `closed` counts the side back to the start. */
export function crossing(corners: readonly Corner[], closed: boolean): [number, number] | undefined {
  const sides = corners.length - (closed ? 0 : 1);
  for (let one = 0; one < sides; one++) {
    for (let other = one + 1; other < sides; other++) {
      if (areNeighbours(one, other, corners.length)) continue;
      if (cross(side(corners, one), side(corners, other))) return [one, other];
    }
  }
  return undefined;
}

/** Whether a side of one closed outline meets a side of another. */
export function sidesCross(one: readonly Corner[], other: readonly Corner[]): boolean {
  if (one.length < 2 || other.length < 2) return false;
  return one.some((_, here) => other.some((__, there) => cross(side(one, here), side(other, there))));
}

function areNeighbours(one: number, other: number, count: number): boolean {
  return other - one === 1 || (one + count - other) % count === 1;
}

function side(corners: readonly Corner[], index: number): [Corner, Corner] {
  return [corners[index] as Corner, corners[(index + 1) % corners.length] as Corner];
}

function cross([a, b]: [Corner, Corner], [c, d]: [Corner, Corner]): boolean {
  const opposite = (one: number, other: number): boolean => (one > 0 && other < 0) || (one < 0 && other > 0);
  if (opposite(turn(a, b, c), turn(a, b, d)) && opposite(turn(c, d, a), turn(c, d, b))) return true;
  return isOn(a, b, c) || isOn(a, b, d) || isOn(c, d, a) || isOn(c, d, b);
}

function turn(a: Corner, b: Corner, c: Corner): number {
  return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);
}

function isOn(a: Corner, b: Corner, point: Corner): boolean {
  if (turn(a, b, point) !== 0) return false;
  const within = (one: number, other: number, value: number): boolean => Math.min(one, other) <= value && value <= Math.max(one, other);
  return within(a[0], b[0], point[0]) && within(a[1], b[1], point[1]);
}
