// Where the aircraft is at a second of the plan. The server sends a moment for each vertex; between two everything is linear.
export type Place = [lon: number, lat: number];

export interface Flight {
  number: number;
  fill_from_s: number;
  path: Place[];
  at_s: number[];
  left: number[];
  battery: number[];
  /** What is done on the leg that ends at the vertex. */
  phase: string[];
}

export interface Now {
  flight: Flight;
  phase: string;
  place: Place;
  /** The vertex that was passed last. */
  vertex: number;
  left: number;
  battery: number;
}

export function momentAt(flights: readonly Flight[], second: number): Now | undefined {
  const flight = [...flights].reverse().find((one) => one.fill_from_s <= second);
  const first = flights[0];
  if (!flight) return first && { ...onGround(first), phase: "setup" };
  const next = flight.at_s.findIndex((at) => at > second);
  if (next === 0) return onGround(flight);
  if (next < 0) return at(flight, flight.at_s.length - 2, 1);
  const [from, until] = [flight.at_s[next - 1] ?? 0, flight.at_s[next] ?? 0];
  return at(flight, next - 1, (second - from) / (until - from));
}

function onGround(flight: Flight): Now {
  return { ...at(flight, 0, 0), phase: "fill" };
}

function at(flight: Flight, vertex: number, share: number): Now {
  const between = (values: readonly number[]): number => {
    const [from = 0, to = 0] = values.slice(vertex, vertex + 2);
    return from + (to - from) * share;
  };
  return {
    flight,
    vertex,
    phase: flight.phase[vertex + 1] ?? "",
    place: [between(flight.path.map(([lon]) => lon)), between(flight.path.map(([, lat]) => lat))],
    left: between(flight.left),
    battery: between(flight.battery),
  };
}
