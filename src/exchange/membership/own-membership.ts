import { ok, uuidV7, type Clock, type Result } from "#kernel";
import type { Database } from "#store";
import { recordAct } from "../acts/store.ts";
import type { PublicJwk, StatementKey } from "../authority/statement.ts";
import { identifierPath, memberOf, parseClientPath, type MemberId } from "../r1/identifier.ts";
import type { Rights } from "../rights/open-rights.ts";
import type { AskedRight, MembershipAnswer } from "./membership.ts";
import { signQuestion, signRequest, type RequestContent } from "./request.ts";
import { sendToAuthority, type AskRefusal } from "./send.ts";
import * as store from "./store.ts";
import type { AskedRow, RequestState, SentRequest } from "./store.ts";

/** What a gateway's operator asks of the authority, and what other members ask of this one. */
export interface OwnMembership {
  /** Sends a request signed by this gateway. `by` is the operator. */
  ask(
    content: RequestContent,
    by: string,
  ): Promise<Result<{ readonly id: string; readonly state: RequestState }, AskRefusal>>;
  /** Asks how everything stands; takes over rights that others ask for as proposals. */
  refresh(): Promise<Result<{ readonly requests: number }, AskRefusal>>;
  requests(): Promise<SentRequest[]>;
  asked(): Promise<AskedRow[]>;
}

export interface OwnMembershipContext {
  readonly database: Database;
  readonly clock: Clock;
  readonly member: MemberId;
  readonly gatewayId: string;
  readonly authorityUrl: string;
  /** With what this gateway signs now. */
  key(): StatementKey & { readonly jwk: PublicJwk };
  /** Where asked rights become proposals; a gateway that is not open yet has none. */
  readonly rights: Pick<Rights, "propose" | "find"> | undefined;
}

export function openOwnMembership(o: OwnMembershipContext): OwnMembership {
  const said = () => {
    const { jwk } = o.key();
    const issuedAt = o.clock.now().toISOString();
    return { instance: o.member.instance, issuedAt, gateway: o.gatewayId, signingKey: jwk };
  };

  async function refresh(): ReturnType<OwnMembership["refresh"]> {
    const rows = await store.askedRights(o.database);
    const open = rows.filter((row) => row.answered_at === null);
    const answered = await Promise.all(open.map((row) => becameOf(row)));
    const question = {
      ...said(),
      taken: rows.map((row) => row.id).slice(0, 200),
      answered: answered.flatMap((one) => one ?? []),
    };
    const answer = await sendToAuthority<MembershipAnswer>(
      o.authorityUrl,
      "/requests/mine",
      await signQuestion(question, o.key()),
    );
    if (!answer.ok) return answer;
    await o.database.transaction(async (tx) => {
      for (const one of answer.value.requests)
        await store.updateSent(tx, { ...one, asked_at: one.askedAt, decided_at: one.decidedAt });
      const ids = question.answered.map((one) => one.id);
      if (ids.length > 0) await store.markAnswered(tx, ids, o.clock.now());
    });
    for (const asked of answer.value.rights) await takeOver(asked);
    return ok({ requests: answer.value.requests.length });
  }

  /** What was decided here about a right that was asked for; nothing while it is only proposed. */
  async function becameOf(
    row: AskedRow,
  ): Promise<{ id: string; decision: "approved" | "rejected"; reason?: string } | undefined> {
    if (row.decision) return { id: row.id, decision: row.decision, ...(row.reason ? { reason: row.reason } : {}) };
    const right = row.right_id === null ? undefined : await o.rights?.find(row.right_id);
    if (!right || right.state === "proposed") return undefined;
    const decision = right.state === "active" || right.state === "approved" ? "approved" : "rejected";
    await store.decideAsked(o.database, row.id, { decision, reason: null });
    return { id: row.id, decision };
  }

  /**
   * Makes a proposal of what another member asks for; it is approved here, by this agency's own people, or not. Taken and
   * proposed together: a gateway that is killed between, or another process at the same time, makes no second one.
   */
  async function takeOver({ id, from, askedAt, content }: AskedRight): Promise<boolean> {
    const { rights } = o;
    const provider = parseClientPath(content.provider);
    const client = parseClientPath(content.client);
    if (!rights || !provider.ok || !client.ok || provider.value.subsystemCode === undefined) return false;
    // Whoever approves reads who asks: only for its own systems can a member ask, and nobody of this agency through the
    // authority, since a proposal under the agency's name could be approved by its own author.
    const own = identifierPath(o.member);
    if (identifierPath(memberOf(client.value)) !== from || from === own) return false;
    if (identifierPath(memberOf(provider.value)) !== own) return false;
    const { method, pathGlob, purposes, legalBases, fields } = content;
    const grant = {
      subsystem: provider.value.subsystemCode,
      serviceCode: content.service,
      subject: client.value,
      ...(method ? { method } : {}),
      ...(pathGlob ? { pathGlob } : {}),
      ...(purposes ? { purposes } : {}),
      ...(legalBases ? { legalBases } : {}),
      ...(fields ? { fields } : {}),
    };
    return o.database.transaction(async (tx) => {
      if (!(await store.takeAsked(tx, { id, asker: from, content, asked_at: askedAt }))) return false;
      const proposed = await rights.propose(grant, {
        by: from,
        within: tx,
        ...(content.why ? { note: content.why } : {}),
      });
      if (proposed.ok) return store.proposedAsked(tx, id, proposed.value.id);
      const { code, params } = proposed.error;
      const reason = `${code} ${String(params?.["reason"] ?? "")}`.trim();
      await store.decideAsked(tx, id, { decision: "rejected", reason });
      return false;
    });
  }

  return {
    refresh,
    requests: () => store.sentRequests(o.database),
    asked: () => store.askedRights(o.database),
    async ask(content, by) {
      const now = o.clock.now();
      const id = uuidV7(now);
      const key = o.key();
      const sent = await sendToAuthority<{ id: string; state: RequestState }>(
        o.authorityUrl,
        "/requests",
        await signRequest({ ...said(), id, content }, key),
      );
      if (!sent.ok) return sent;
      await o.database.transaction(async (tx) => {
        await store.putSent(tx, { id, kind: content.kind, content, asked_by: by, asked_at: now });
        await recordAct(tx, { by, act: "request.sent", about: o.gatewayId, detail: { id, kind: content.kind }, now });
      });
      await refresh();
      return sent;
    },
  };
}
