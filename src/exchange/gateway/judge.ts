import { err, ok, type Result } from "#kernel";
import { splitServicePath } from "../r1/glob.ts";
import { headerValues, type RelayedCall } from "../r1/headers.ts";
import { identifierPath, identifierText, subsystemOf } from "../r1/identifier.ts";
import { metaserviceOf, type Metaservice } from "../r1/request-target.ts";
import { checkConsentToken, type ConsentClaims } from "../rights/consent-token.ts";
import { callerOf } from "../rights/explain.ts";
import { explainRefusal, type Failure } from "../rights/explanation.ts";
import { operationOf } from "../rights/operation.ts";
import type { AccessRight } from "../rights/right.ts";
import { evaluate, usableRights, type RightsQuestion } from "../rights/rights.ts";
import type { GatewayContext } from "./context.ts";
import type { PurposeEnvelope } from "./envelope.ts";
import { atProvider, type CallRefusal } from "./refusal.ts";
import { isDescribed, type ServiceDeclaration } from "./services.ts";
import { subjectLookup } from "./evidence.ts";
import { subjectOf, type SubjectFault } from "./subject.ts";

/** A call that may go on, and under which right. */
export type Allowed =
  | { readonly kind: "metaservice"; readonly name: Metaservice }
  | {
      readonly kind: "service";
      readonly service: ServiceDeclaration;
      readonly right: AccessRight;
      /** The published endpoint that was called. */
      readonly operation?: string;
      readonly consent?: ConsentClaims;
      readonly subject?: string;
    };

/** What of an authentic message is judged besides its body. */
export interface JudgedHead {
  readonly call: RelayedCall;
  readonly envelope: PurposeEnvelope;
  /** The gateway that sent it, path form. */
  readonly sender: string;
}

/** A call to a service that rights cover as far as its head says. */
interface Covered {
  readonly kind: "covered";
  readonly service: ServiceDeclaration;
  readonly operation: string | undefined;
  readonly segments: readonly string[];
  readonly usable: readonly AccessRight[];
  readonly token: string | undefined;
  readonly now: Date;
  readonly denied: (failure: Failure, right: string | undefined, o: Denial) => Result<never, CallRefusal>;
}

/** Why a call is refused whatever its body says, so that a long one need not be taken in. Charges nothing. */
export async function refusedByHead(context: GatewayContext, head: JudgedHead): Promise<CallRefusal | undefined> {
  const judged = await judgeHead(context, head);
  return judged.ok ? undefined : judged.error;
}

/**
 * The provider's judgement of an authentic call: is the service ours, may this client use it so, for this purpose, did
 * the person agree, and is the quota not used up. Everything it needs is in the call and in this gateway's own rights.
 * Rights that cover the call are tried from the most specific on; the first that passes all is the one, and is charged.
 */
export async function judge(
  context: GatewayContext,
  head: JudgedHead,
  body: Uint8Array,
): Promise<Result<Allowed, CallRefusal>> {
  const judged = await judgeHead(context, head);
  if (!judged.ok) return judged;
  return judged.value.kind === "covered" ? judgeBody(context, head, judged.value, body) : ok(judged.value);
}

async function judgeHead(
  context: GatewayContext,
  { call, envelope, sender }: JudgedHead,
): Promise<Result<Covered | Extract<Allowed, { kind: "metaservice" }>, CallRefusal>> {
  const { service: id, servicePath } = call.target;
  const provider = identifierPath(subsystemOf(id));
  if (!context.clients.has(provider)) {
    return err(atProvider("unknown-member", "unknown_member", `Client '${identifierText(subsystemOf(id))}' not found`));
  }
  const metaservice = metaserviceOf(call.method, call.target);
  if (metaservice) return ok({ kind: "metaservice", name: metaservice });
  const service = context.services.get(identifierPath(id));
  if (!service) {
    return err(atProvider("service-unknown", "unknown_service", `Unknown service: ${identifierText(id)}`));
  }
  const path = splitServicePath(servicePath, {
    rejectEncodedSlash: service.rejectEncodedSlash ?? isDescribed(service),
  });
  if (!path.ok) return err(atProvider("access-denied", path.error.code, path.error.message, { reason: "path" }));
  const { segments } = path.value;
  const now = context.clock.now();
  const client = identifierPath(call.client);
  const { serviceCode } = id;
  const { rights, localGroups } = await context.rightsForCall({
    provider,
    serviceCode,
    owner: context.memberPath,
    client,
  });
  const question: RightsQuestion = {
    ...callerOf(context.directory(), call.client, localGroups),
    method: call.method,
    segments,
    purpose: envelope.purpose,
    legalBasis: envelope.legalBasis,
    now,
    gateway: sender,
    purposeRequired: service.purposeRequired ?? false,
  };
  const operation = operationOf(service.endpoints, call.method, segments);
  const denied: Covered["denied"] = (failure, right, o) => {
    const explanation = explainRefusal(rights, question, { failure, right, service: identifierText(id), operation });
    const { problem, message, ...more } = o;
    return err(
      atProvider(problem, "access_denied", message, {
        ...more,
        ...(right ? { rule: right } : {}),
        ...(operation ? { operation } : {}),
        ...(explanation ? { explanation } : {}),
      }),
    );
  };
  const decision = evaluate(rights, question);
  if (!decision.allow) {
    const { reason, nearest } = decision;
    return reason === "purpose-missing"
      ? denied(reason, nearest, {
          problem: "purpose-missing",
          message: "Request is not allowed: purpose and legal basis are required",
          reason,
        })
      : denied(reason, nearest, {
          problem: "access-denied",
          message: `Request is not allowed: ${identifierText(id)}`,
          reason,
        });
  }
  if (service.disabled !== undefined) {
    const message = `Service ${identifierText(id)} is disabled: ${service.disabled}`;
    return err(atProvider("service-disabled", "service_disabled", message, operation ? { operation } : {}));
  }
  const [token] = headerValues(call.headers, "taroko-consent");
  const usable = usableRights(decision.covering, {
    service: service.consent ?? "none",
    given: token !== undefined,
    legalBasis: envelope.legalBasis,
  });
  if (usable.length === 0) {
    const message = "Request is not allowed: consent is required";
    return denied("consent", decision.right.id, { problem: "consent-missing", message, reason: "consent-missing" });
  }
  return ok({ kind: "covered", service, operation, segments, usable, token, now, denied });
}

/** What only the whole message shows: whom it is about, whether the consent is that person's; and the quotas. */
async function judgeBody(
  context: GatewayContext,
  { call, envelope }: JudgedHead,
  { service, operation, segments, usable, token, now, denied }: Covered,
  body: Uint8Array,
): Promise<Result<Allowed, CallRefusal>> {
  const { service: id, query } = call.target;
  const contentType = headerValues(call.headers, "content-type");
  const contentEncoding = headerValues(call.headers, "content-encoding");
  const named =
    service.subject &&
    subjectOf(service.subject, { segments, query, body, contentType, contentEncoding }, context.normalSubject);
  if (named && !named.ok) return err(unnamed(named.error));
  const subject = named?.value;
  let claims: ConsentClaims | undefined;
  if (token !== undefined) {
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
      const message = "Request is not allowed: the consent does not cover it";
      const reason = String(consent.error.params?.["reason"]);
      return denied("consent", usable[0]!.id, { problem: consent.error.code, message, reason });
    }
    claims = consent.value;
  }
  let retryAfter = Infinity;
  for (const right of usable) {
    const subjectKey =
      right.quota?.subjectsPerDay !== undefined && subject !== undefined
        ? subjectLookup(subject, context.lookupKey)
        : undefined;
    const charging = context.quotas.charge(right, { now, subjectKey });
    const charged = "ok" in charging ? charging : await charging;
    if (charged.ok) {
      return ok({
        kind: "service",
        service,
        right,
        ...(operation !== undefined && { operation }),
        ...(claims && { consent: claims }),
        ...(subject !== undefined && { subject }),
      });
    }
    retryAfter = Math.min(retryAfter, charged.retryAfter);
  }
  const message = "Request is not allowed: the quota is used up";
  return denied("quota", usable[0]!.id, { problem: "quota-exhausted", message, reason: "quota-exhausted", retryAfter });
}

type Denial = Required<Pick<CallRefusal, "problem" | "reason">> &
  Pick<CallRefusal, "retryAfter"> & { readonly message: string };

function unnamed(reason: SubjectFault): CallRefusal {
  const message = "Request is not allowed: it does not name one person in the normal form";
  return atProvider("subject-invalid", "invalid_request", message, { reason });
}
