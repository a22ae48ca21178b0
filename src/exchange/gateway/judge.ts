import { err, ok, type Result } from "#kernel";
import { splitServicePath } from "../r1/glob.ts";
import { headerValues, type RelayedCall } from "../r1/headers.ts";
import { identifierPath, identifierText, subsystemOf } from "../r1/identifier.ts";
import { metaserviceOf, type Metaservice } from "../r1/request-target.ts";
import { checkConsentToken, type ConsentClaims } from "../rights/consent-token.ts";
import { evaluate, type AccessRight, type DenialReason } from "../rights/rights.ts";
import type { GatewayContext } from "./context.ts";
import type { PurposeEnvelope } from "./envelope.ts";
import { atProvider, type CallRefusal } from "./refusal.ts";
import type { ServiceDeclaration } from "./services.ts";
import { rightsOn } from "./store.ts";
import { subjectOf, type SubjectFault } from "./subject.ts";

/** A call that may go on, and under which right. */
export type Allowed =
  | { readonly kind: "metaservice"; readonly name: Metaservice }
  | {
      readonly kind: "service";
      readonly service: ServiceDeclaration;
      readonly right: AccessRight;
      readonly consent?: ConsentClaims;
      readonly subject?: string;
    };

/**
 * The provider's judgement of an authentic call: is the service ours, may this client use it so, for this purpose, and
 * did the person agree. Everything it needs is in the call and in this gateway's own rights.
 */
export async function judge(
  context: GatewayContext,
  call: RelayedCall,
  envelope: PurposeEnvelope,
  body: Uint8Array,
): Promise<Result<Allowed, CallRefusal>> {
  const { service: id, servicePath, query } = call.target;
  const provider = identifierPath(subsystemOf(id));
  if (!context.clients.has(provider)) {
    return err(
      atProvider("unknown-member", "unknown_member", `Provider '${identifierText(subsystemOf(id))}' not found`),
    );
  }
  const metaservice = metaserviceOf(call.method, call.target);
  if (metaservice) return ok({ kind: "metaservice", name: metaservice });
  const service = context.services.get(identifierPath(id));
  if (!service) {
    return err(atProvider("service-unknown", "unknown_service", `Service '${identifierText(id)}' not found`));
  }
  const path = splitServicePath(servicePath, { rejectEncodedSlash: service.openapi !== undefined });
  if (!path.ok) return err(atProvider("access-denied", path.error.code, path.error.message, { reason: "path" }));
  const { segments } = path.value;
  const now = context.clock.now();
  const decision = evaluate(await rightsOn(context.database, provider, id.serviceCode), {
    client: identifierPath(call.client),
    method: call.method,
    segments,
    purpose: envelope.purpose,
    legalBasis: envelope.legalBasis,
    now,
    purposeRequired: service.purposeRequired ?? false,
  });
  if (!decision.allow) return err(denied(decision.reason, decision.nearest));
  const { right } = decision;
  const contentType = headerValues(call.headers, "content-type");
  const contentEncoding = headerValues(call.headers, "content-encoding");
  const named =
    service.subject &&
    subjectOf(service.subject, { segments, query, body, contentType, contentEncoding }, context.normalSubject);
  if (named && !named.ok) return err(unnamed(named.error));
  const subject = named?.value;
  const [token] = headerValues(call.headers, "taroko-consent");
  const needed = service.consent === "required" || right.consent === "required";
  if (token === undefined) {
    return needed
      ? err(
          atProvider("consent-missing", "access_denied", "Request is not allowed: consent is required", {
            rule: right.id,
          }),
        )
      : ok({ kind: "service", service, right, ...(subject !== undefined && { subject }) });
  }
  const directory = context.directory();
  const consent = await checkConsentToken(
    token,
    { service: identifierText(id), subject, purpose: envelope.purpose, legalBasis: envelope.legalBasis, now },
    (keyid) => {
      const key = directory?.key(keyid);
      return key?.use === "consent" && directory?.body.consentIssuers.includes(key.member) ? key : undefined;
    },
  );
  if (!consent.ok) {
    const reason = String(consent.error.params?.["reason"]);
    return err(
      atProvider(consent.error.code, "access_denied", "Request is not allowed: the consent does not cover it", {
        reason,
        rule: right.id,
      }),
    );
  }
  return ok({ kind: "service", service, right, consent: consent.value, ...(subject !== undefined && { subject }) });
}

function unnamed(reason: SubjectFault): CallRefusal {
  const message = "Request is not allowed: it does not name one person in the normal form";
  return atProvider("subject-invalid", "invalid_request", message, { reason });
}

function denied(reason: DenialReason, nearest: string | undefined): CallRefusal {
  return atProvider(
    reason === "purpose-missing" ? "purpose-missing" : "access-denied",
    "access_denied",
    reason === "purpose-missing"
      ? "Request is not allowed: purpose and legal basis are required"
      : "Request is not allowed",
    { reason, ...(nearest ? { rule: nearest } : {}) },
  );
}
