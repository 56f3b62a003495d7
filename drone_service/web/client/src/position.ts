// Where the phone is: the best fix within a while for one corner, and a stream of fixes for a walk along the edge.
import type { Corner } from "./outline";

export interface Fix {
  corner: Corner;
  accuracyM: number;
}

/** Good enough to be taken at once; phones without a clear sky rarely say less than three. */
export const GOOD_FIX_M = 5;
/** Worse than this is no corner of a field. */
export const POOR_FIX_M = 15;
const WAIT_MS = 20_000;

/** Take the first good fix, or after a while the best so far. `seen` hears of every fix on the way. Returns how to stop. */
export function takeFix(seen: (fix: Fix) => void, taken: (fix: Fix) => void, failed: () => void): () => void {
  let best: Fix | undefined;
  const end = (): void => {
    stop();
    if (best) taken(best);
    else failed();
  };
  const timer = setTimeout(end, WAIT_MS);
  const unwatch = follow((fix) => {
    if (!best || fix.accuracyM < best.accuracyM) best = fix;
    seen(fix);
    if (fix.accuracyM <= GOOD_FIX_M) end();
  }, end);
  const stop = (): void => {
    clearTimeout(timer);
    unwatch();
  };
  return stop;
}

/**
 * Hear of every fix until stopped; the screen stays on meanwhile, where the phone allows it. Under trees and clouds a fix fails
 * now and then and the next one comes, so only a refusal ends it.
 */
export function follow(seen: (fix: Fix) => void, failed: () => void): () => void {
  if (!navigator.geolocation) {
    queueMicrotask(failed);
    return () => undefined;
  }
  const options = { enableHighAccuracy: true, maximumAge: 0, timeout: WAIT_MS };
  const refused = (error: GeolocationPositionError): void => {
    if (error.code === error.PERMISSION_DENIED) failed();
  };
  const found = ({ coords }: GeolocationPosition): void => seen({ corner: [coords.longitude, coords.latitude], accuracyM: coords.accuracy });
  const watch = navigator.geolocation.watchPosition(found, refused, options);
  const awake = navigator.wakeLock?.request("screen").catch(() => undefined);
  return () => {
    navigator.geolocation.clearWatch(watch);
    void awake?.then((lock) => lock?.release());
  };
}
