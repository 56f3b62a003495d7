// What pages and the service worker say to each other. Types only, so that the worker stays one file.

/** Something recorded on the field that the server has not got yet. */
export interface Entry {
  /** Its idempotency key: the same one twice is carried out once. */
  id: string;
  person: string;
  /** Where the form was sent to, `/work/{job}/start`. */
  path: string;
  body: string;
  about: string;
  at: number;
  refused?: boolean;
}

export interface Plan {
  pages: string[];
  files: string[];
}

export type ToWorker = { do: "greet"; person: string } | ({ do: "keep" } & Plan) | { do: "send" } | { do: "drop"; id: string } | { do: "forget" };

export interface State {
  entries: Entry[];
  /** The pages that are kept on this phone, and since when, in ms. */
  kept: Record<string, number>;
  needsSignIn: boolean;
}
