import type { Refusal, Result } from "#kernel";
import type { Allowed, Policies, PolicyEntity, PolicyRequest } from "../authorisation/index.ts";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";

/** A manager of an agency's staff at work. */
export interface StaffDesk {
  readonly identity: Identity;
  readonly policies: Policies;
  readonly session: Session;
  /** The agency that runs the platform: some roles exist there alone. */
  readonly operator: string;
}

/** What a manager may wish to do with a role of somebody. */
export type PostAction = "staff:ask" | "staff:give" | "staff:review" | "staff:end";

/** A role at an agency, and whose it is or would be. */
export interface Post {
  readonly office: string;
  readonly agency: string;
  readonly role: string;
  readonly person?: string | undefined;
  /** The managers who asked for it so far. */
  readonly givers?: readonly string[];
}

const personOf = (id: string): PolicyEntity => ({ type: "Person", id });

type Asking = Pick<StaffDesk, "policies"> & {
  readonly session: Pick<Session, "person" | "officer" | "acting" | "acr" | "authTime" | "keySince">;
};

async function request(desk: Asking, action: string, resource: PolicyEntity): Promise<PolicyRequest> {
  const { acr, authTime, keySince } = desk.session;
  const proof = { acr, authTime, ...(keySince && { keySince }) };
  return { principal: await desk.policies.principal(desk.session), action, resource, proof };
}

function postRequest(desk: StaffDesk, action: PostAction, post: Post): Promise<PolicyRequest> {
  const { office, agency, role, person, givers = [] } = post;
  return request(desk, action, {
    type: "Post",
    id: `${office}/${role}`,
    attributes: {
      agency: { type: "Agency", id: agency },
      role,
      ofOperator: agency === desk.operator,
      person: person === undefined ? undefined : personOf(person),
      givers: givers.map(personOf),
    },
  });
}

/** Judges and records. Another agency's offices are nobody's to see; the caller refuses those before. */
export async function decidePost(desk: StaffDesk, action: PostAction, post: Post): Promise<Result<Allowed, Refusal>> {
  return desk.policies.decide(await postRequest(desk, action, post), desk.session.person.id);
}

/** Judged without a record: the refusal's code, or `undefined` when it is allowed. */
export async function refusedPost(desk: StaffDesk, action: PostAction, post: Post): Promise<string | undefined> {
  const judged = desk.policies.may(await postRequest(desk, action, post));
  return judged.allowed ? undefined : (judged.reason ?? "not-permitted");
}

/** Whether somebody on duty may see their agency's staff, or arrange its teams. Only a refusal to look is recorded. */
export async function decideStaff(
  desk: StaffDesk,
  action: "staff:open" | "staff:arrange",
): Promise<Result<unknown, Refusal>> {
  const { officer, acting, person } = desk.session;
  // Whoever is not on duty has no place in the policies' schema; they read that they are no officer.
  if (!officer || acting) return { ok: false, error: { code: "not-an-officer" } };
  const asked = await request(desk, action, { type: "Agency", id: officer.agency });
  if (action === "staff:open" && desk.policies.may(asked).allowed) return { ok: true, value: undefined };
  return desk.policies.decide(asked, person.id);
}

/** Judges and records that the one signed in accepts an invitation. */
export async function decideAcceptance(
  desk: Asking,
  invitation: { readonly office: string; readonly agency: string; readonly givers: readonly string[] },
): Promise<Result<Allowed, Refusal>> {
  const resource = {
    type: "Invitation",
    id: invitation.office,
    attributes: { agency: { type: "Agency", id: invitation.agency }, givers: invitation.givers.map(personOf) },
  };
  return desk.policies.decide(await request(desk, "office:accept", resource), desk.session.person.id);
}
