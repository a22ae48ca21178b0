import type { RawHeaders } from "../r1/headers.ts";

/** A request as far as a signature can cover it. */
export interface RequestMessage {
  readonly kind: "request";
  readonly method: string;
  readonly scheme: "https" | "http";
  /** Host and port as in the `Host` field. */
  readonly authority: string;
  /** Path and query, raw. */
  readonly rawTarget: string;
  readonly headers: RawHeaders;
}

export interface ResponseMessage {
  readonly kind: "response";
  readonly status: number;
  readonly headers: RawHeaders;
  /** The request that caused it, for `;req`. */
  readonly request?: RequestMessage;
}

/** A covered component: a field name or a derived component, with its parameters in order. */
export interface Component {
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, value: string | true])[];
}
