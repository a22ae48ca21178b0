import type { Context } from "hono";
import { mayGoOn } from "#flows";
import type { Session } from "#identity";
import { isUuid } from "#kernel";
import { openCase, unanswered, type Case, type ServiceDefinition } from "#services";
import { both } from "#ui";
import type { PortalContext } from "./portal-site.ts";
import { goTo, sendRefusal, signedIn } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

/** An application that is being filled in, and by whom. */
export interface Draft {
  readonly session: Session;
  readonly state: Case;
  readonly definition: ServiceDefinition;
}

/** The case in the address, if it is the visitor's own application. */
export async function draftOf(context: PortalContext, c: Context<PortalEnv>): Promise<Draft | Response> {
  const { portal } = context;
  const session = signedIn(c);
  if (session instanceof Response) return session;
  const id = c.req.param("case") ?? "";
  const opened = isUuid(id) ? await openCase(portal.database, id) : undefined;
  if (!opened || opened.state.applicant.person !== session.person.id)
    return sendRefusal(context, c, { code: "case-unknown" });
  // A draft goes on only while the mandate it rests on does; what was sent stays the applicant's to see.
  const may = opened.state.phase === "draft" ? mayGoOn(portal, session, opened.state) : undefined;
  if (may && !may.ok) {
    const asked = `/act-for?next=${encodeURIComponent(`/apply/${id}`)}`;
    if (c.req.method === "GET") return goTo(c, asked);
    return sendRefusal(context, c, may.error, {
      ways: [{ text: both("選擇替誰辦理", "Choose whom you act for"), href: asked }],
    });
  }
  return { session, ...opened };
}

export function allAnswered({ definition, state }: Draft): boolean {
  return unanswered(definition.questions, state.answers).length === 0;
}
