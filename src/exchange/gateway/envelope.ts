import { err, ok, type Result } from "#kernel";
import { headerValues, type RawHeaders } from "../r1/headers.ts";

/** The signed header in which the consumer gives the provider the salt of the shared commitments. Hop only. */
export const saltHeader = "taroko-salt";

/** Why data is asked for: codes from the published purpose register. */
export interface PurposeEnvelope {
  readonly purpose?: string;
  readonly legalBasis?: string;
}

const code = /^[\x21-\x7e]{1,64}$/;

/** Reads `Taroko-Purpose` and `Taroko-Legal-Basis`; both are codes, since they go into a public log. */
export function envelopeOf(headers: RawHeaders): Result<PurposeEnvelope, "malformed"> {
  const purposes = headerValues(headers, "taroko-purpose");
  const bases = headerValues(headers, "taroko-legal-basis");
  const [purpose] = purposes;
  const [legalBasis] = bases;
  if (purposes.length > 1 || bases.length > 1) return err("malformed");
  if ((purpose !== undefined && !code.test(purpose)) || (legalBasis !== undefined && !code.test(legalBasis))) {
    return err("malformed");
  }
  return ok({ ...(purpose !== undefined && { purpose }), ...(legalBasis !== undefined && { legalBasis }) });
}
