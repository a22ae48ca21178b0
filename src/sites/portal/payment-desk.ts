import type { Context } from "hono";
import { type Portal } from "#flows";
import { officesFor, type PolicyEntity } from "#identity";
import { staffPaths } from "#identity/pages";
import type { Localised, Refusal, Result } from "#kernel";
import type { PaymentTrace } from "#payments";
import { paymentPaths } from "#payments/pages";
import { caseByNumber, openCase } from "#services";
import { both } from "#ui";
import { requestOf } from "./authorise.ts";
import type { OpenCase } from "./desk-case.ts";
import type { Desk } from "./note-visit.ts";
import type { PortalContext } from "./portal-site.ts";
import { goTo, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";
import { stepUp, wantsStepUp } from "./step-up.ts";

type C = Context<PortalEnv>;

/** What an officer wishes to do with the payments of the agency as a whole, or with one. */
export type AgencyAction =
  | "payments:open"
  | "payments:reconcile"
  | "payments:download"
  | "payments:propose"
  | "payments:release";
export type PaymentAction =
  | "payment:view"
  | "payment:release"
  | "payment:reroute"
  | "payment:stop"
  | "payment:ask"
  | "payment:confirm";

/** The key of the agency whose money it is: the one that the payer of the portal's payments names. */
export function payingAgency({ country, payments }: Portal): string {
  return country.agencies.find(({ memberCode }) => memberCode === payments.payer.organisationId)?.key ?? "none";
}

/** A payment's case, if it has one. */
export async function caseOf(portal: Portal, caseRef: string): Promise<OpenCase | undefined> {
  const id = await caseByNumber(portal.database, caseRef);
  return id === undefined ? undefined : openCase(portal.database, id);
}

/** A payment as policies see it. `actors`: who may not be the second person. */
export function paymentEntity(
  portal: Portal,
  trace: PaymentTrace,
  opened: OpenCase | undefined,
  actors: readonly string[],
): PolicyEntity {
  const person = (id: string): PolicyEntity => ({ type: "Person", id });
  const parties = opened ? [...new Set([opened.state.principal.person, opened.state.applicant.person])] : [];
  return {
    type: "Payment",
    id: trace.entitlement.id,
    attributes: {
      agency: { type: "Agency", id: payingAgency(portal) },
      parties: parties.map(person),
      actors: [...new Set(actors)].map(person),
    },
  };
}

/** The desk of payments: who is on duty, and what they may do. */
export interface PaymentDesk {
  /** The officer on duty who may see the agency's payments, or why there is none. Only a refusal is recorded. */
  onDuty(c: C): Promise<Desk | Response>;
  /** The officer and the form they sent, checked to be their own. */
  posted(c: C): Promise<{ readonly desk: Desk; readonly form: Record<string, string> } | Response>;
  /** Whether a page should offer it: judged without a record. A button that asks for a fresh proof first may be offered. */
  offers(desk: Desk, action: AgencyAction | PaymentAction, resource?: PolicyEntity): Promise<boolean>;
  /** Judges and records; the refusal, or a page that asks for a stronger proof first and leads back. */
  may(
    c: C,
    desk: Desk,
    action: AgencyAction | PaymentAction,
    o?: {
      readonly resource?: PolicyEntity;
      readonly form?: { fields: Readonly<Record<string, string>>; page: string };
    },
  ): Promise<Response | undefined>;
  refused(c: C, refusal: Refusal, way?: { readonly text: Localised; readonly href: string }): Response;
}

export function paymentDesk(context: PortalContext): PaymentDesk {
  const { portal } = context;
  const { policies } = portal;
  const agency: PolicyEntity = { type: "Agency", id: payingAgency(portal) };

  function refused(c: C, refusal: Refusal, way?: { readonly text: Localised; readonly href: string }): Response {
    const back = way ?? { text: both("回到付款清單", "Back to the payments"), href: paymentPaths.all };
    return sendRefusal(context, c, refusal, { area: "desk", ways: [back] }) as Response;
  }

  async function onDuty(c: C): Promise<Desk | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const { officer, acting } = session;
    if (!officer && !acting && (await officesFor(portal.identity, session.person.id)).length > 1)
      return goTo(c, staffPaths.office);
    if (!officer || acting) return sendRefusal(context, c, { code: "not-an-officer" });
    const request = await requestOf(policies, session, "payments:open", agency);
    if (policies.may(request).allowed) return { session, officer };
    const judged: Result<unknown, Refusal> = await policies.decide(request, session.person.id);
    if (judged.ok) return { session, officer };
    if (wantsStepUp(judged.error) && c.req.method === "GET") return stepUp(context, c, session, judged.error);
    const text = both("回到案件", "Go to the cases");
    return refused(c, judged.error, { text, href: "/desk" });
  }

  return {
    onDuty,
    refused,
    async posted(c) {
      const desk = await onDuty(c);
      if (desk instanceof Response) return desk;
      const form = ownForm(desk.session, await readForm(c));
      return form ? { desk, form } : refused(c, { code: "form-tampered" });
    },
    async offers({ session }, action, resource = agency) {
      const judged = policies.may(await requestOf(policies, session, action, resource));
      return judged.allowed || wantsStepUp({ code: judged.reason ?? "" });
    },
    async may(c, { session }, action, { resource = agency, form } = {}) {
      const judged = await policies.decide(await requestOf(policies, session, action, resource), session.person.id);
      if (judged.ok) return undefined;
      if (wantsStepUp(judged.error)) return stepUp(context, c, session, judged.error, form);
      return refused(c, judged.error, form && { text: both("回到這筆付款", "Back to this payment"), href: form.page });
    },
  };
}
