import { uuidV7, type Clock, type Result } from "#kernel";
import { gatewayKeys } from "../gateway/enrol.ts";
import type { MembershipAnswer } from "./membership.ts";
import { signQuestion, signRequest, type RequestContent } from "./request.ts";
import { sendToAuthority, type AskRefusal } from "./send.ts";

/** A gateway that is not enrolled yet: it speaks with the key that it will enrol with. */
export interface Applicant {
  readonly authorityUrl: string;
  readonly keysFolder: string;
  readonly instance: string;
  /** `TW/GOV/code/serverCode`. */
  readonly gatewayId: string;
  readonly clock: Clock;
}

/** Asks to become a member without an invitation. Once a registrar has approved it, the gateway enrols by its key. */
export async function applyForMembership(
  o: Applicant,
  content: Extract<RequestContent, { kind: "member.join" }>,
): Promise<Result<{ readonly id: string; readonly state: string }, AskRefusal>> {
  const { key, said } = await speaking(o);
  const id = uuidV7(o.clock.now());
  return sendToAuthority(o.authorityUrl, "/requests", await signRequest({ ...said, id, content }, key));
}

/** How the requests of this gateway's key stand. */
export async function applicationStatus(o: Applicant): Promise<Result<MembershipAnswer, AskRefusal>> {
  const { key, said } = await speaking(o);
  return sendToAuthority(
    o.authorityUrl,
    "/requests/mine",
    await signQuestion({ ...said, taken: [], answered: [] }, key),
  );
}

async function speaking(o: Applicant) {
  const { signing, signingJwk } = await gatewayKeys(o.keysFolder);
  const issuedAt = o.clock.now().toISOString();
  return {
    key: { keyid: signing.keyid, privateKey: signing.key },
    said: { instance: o.instance, issuedAt, gateway: o.gatewayId, signingKey: signingJwk },
  };
}
