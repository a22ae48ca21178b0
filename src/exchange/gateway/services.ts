import type { Localised } from "#kernel";
import type { Endpoint } from "../r1/metaservices.ts";
import type { RawHeaders } from "../r1/headers.ts";

/** A call to a service that answers inside this process, such as a register. */
export interface InProcessRequest {
  readonly method: string;
  /** Raw service path, `""` or beginning with `/`. */
  readonly path: string;
  readonly query: string | undefined;
  readonly body: Uint8Array;
  /** The caller as verified, path form. */
  readonly client: string;
  /** End-to-end headers as they came; absent where no gateway stands before the service. */
  readonly headers?: RawHeaders;
}

export interface InProcessAnswer {
  readonly status: number;
  readonly headers: RawHeaders;
  readonly body: Uint8Array;
}

/** Where a service is answered: by an information system at an address, or by a register in this process. */
export type ServiceTarget =
  | { readonly url: string }
  | { readonly call: (request: InProcessRequest) => Promise<InProcessAnswer> };

/** Where in a request the person concerned is named; evaluated at the provider, by `subjectOf`. */
export type SubjectRule =
  | { readonly from: "body"; /** RFC 6901, through objects only. */ readonly pointer: string }
  | { readonly from: "path"; /** Counted from 0 after the first slash. */ readonly segment: number }
  | { readonly from: "query"; readonly name: string };

/** A data service of one subsystem, as its gateway publishes it. */
export interface ServiceDeclaration {
  /** Code of the providing subsystem. */
  readonly subsystem: string;
  readonly code: string;
  readonly title: Localised;
  readonly endpoints: readonly Endpoint[];
  readonly target: ServiceTarget;
  /** OpenAPI 3.1 document, when there is one: `getOpenAPI` answers it. */
  readonly openapi?: object;
  /** When it is given, a call that does not name exactly one person in the normal form is refused (`subject-invalid`). */
  readonly subject?: SubjectRule;
  /** Refuse calls without purpose and legal basis. */
  readonly purposeRequired?: boolean;
  readonly consent?: "none" | "required";
  /** 60 unless told. */
  readonly timeoutSeconds?: number;
}
