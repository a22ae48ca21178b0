import { nationalIdOf, type Mandate, type MandateKind } from "#identity";
import { asText, ok, type JsonValue, type Refusal, type Result } from "#kernel";
import { callService } from "./call-service.ts";
import { servicePath } from "./agreement.ts";
import type { Portal } from "./portal.ts";
import type { FlowProblem } from "./problems.ts";

/**
 * Whom a person may act for, as the household register says now. Asked when the person chooses and again when they sign:
 * a mandate that ended in between covers nothing. The basis is statute, so no consent is asked.
 */
export async function confirmedMandates(
  portal: Portal,
  personId: string,
): Promise<Result<Mandate[], Refusal<FlowProblem>>> {
  const { country, clock } = portal;
  const source = country.representation;
  const service = servicePath(country, source);
  const nationalId = await nationalIdOf(portal.identity, personId);
  const answer = await callService(portal.gateway, {
    service,
    path: "/v1/search",
    body: { [source.key]: nationalId },
    purpose: source.purpose,
    legalBasis: source.legalBasis,
  });
  if (!answer.ok) return answer;
  const at = clock.now().toISOString();
  return ok(
    rowsOf(answer.value.body).map((row) => ({
      kind: asText(row["kind"]) as MandateKind,
      representative: { nationalId },
      principal: { nationalId: asText(row["principal_id"]), name: asText(row["principal_name"]) },
      source: { service, exchangeId: answer.value.exchangeId, at },
      scopes: source.scopes,
      validTo:
        typeof row["valid_until"] === "string"
          ? `${row["valid_until"]}T23:59:59Z`
          : new Date(clock.now().getTime() + 24 * 60 * 60 * 1000).toISOString(),
    })),
  );
}

function rowsOf(body: JsonValue): { readonly [field: string]: JsonValue | undefined }[] {
  const rows = (body as { rows?: JsonValue } | null)?.rows;
  return Array.isArray(rows) ? (rows as { readonly [field: string]: JsonValue | undefined }[]) : [];
}
