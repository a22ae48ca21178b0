import type { Localised } from "#kernel";
import type { KeepPolicy } from "../evidence-export/keep.ts";
import type { ContractMode } from "../contract-check/contract.ts";
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
  | {
      readonly from: "body";
      /** RFC 6901, through objects only. */
      readonly pointer: string;
      /** A second place, of which a body needs one; where both are there, both name the same person. */
      readonly also?: string;
    }
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
  /** OpenAPI 3.0 or 3.1 document, when there is one: `getOpenAPI` answers it, and contracts are checked against it. */
  readonly openapi?: object;
  /** Where the service's own system describes itself (OpenAPI 3, JSON or YAML): `getOpenAPI` asks there at call time. */
  readonly openapiUrl?: string | undefined;
  /** What is done about calls that break the description; `off` unless told. A right may ask for more. */
  readonly contract?: ContractMode | undefined;
  /** The administrator's notice while the service is switched off. */
  readonly disabled?: string | undefined;
  /** Refuse paths with an escaped slash; so when there is a description, unless told. */
  readonly rejectEncodedSlash?: boolean | undefined;
  /** When it is given, a call that does not name exactly one person in the normal form is refused (`subject-invalid`). */
  readonly subject?: SubjectRule;
  /** Refuse calls without purpose and legal basis. */
  readonly purposeRequired?: boolean;
  readonly consent?: "none" | "required";
  /** 60 unless told. */
  readonly timeoutSeconds?: number;
  /** What is kept of its messages for evidence; what the gateway keeps unless told, and never of refused calls. */
  readonly keepMessages?: KeepPolicy;
}

/** Whether a service has a description: then it is of type `OPENAPI`, and takes no escaped slash unless told. */
export function isDescribed({ openapi, openapiUrl }: ServiceDeclaration): boolean {
  return openapi !== undefined || openapiUrl !== undefined;
}
