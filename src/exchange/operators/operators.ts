import { createHash, timingSafeEqual } from "node:crypto";
import { err, ok, randomToken, type Clock, type Refusal, type Result } from "#kernel";
import type { Database } from "#store";
import { recordAct } from "../acts/store.ts";
import * as store from "./store.ts";
import type { OperatorSession } from "./store.ts";

/** A one-time link works for 15 minutes. */
export const linkMs: number = 15 * 60_000;
/** A session ends after 30 minutes without a request, and after 12 hours in any case. */
export const idleMs: number = 30 * 60_000;
export const absoluteMs: number = 12 * 3_600_000;

/**
 * The people who administer one gateway or the authority. Whoever may read the site's file and its database makes their
 * links (`taroko operator`); a link opens one session of one named person, so that every act has somebody's name.
 */
export interface Operators {
  /** A one-time link's token for a named operator, made known if new. Only its digest is stored. */
  link(name: string, by: string): Promise<Result<{ token: string; expiresAt: Date }, Refusal<"operator-unknown">>>;
  /** Uses a link up and opens a session. */
  signIn(link: string): Promise<Result<{ token: string }, Refusal<"operator-link-used">>>;
  /**
   * A session for a command at the machine, under the name that its acts have there (`cli:<user>`): one act. Nobody can
   * make a link for such a name, and it is nobody who could approve.
   */
  openForCommand(by: string): Promise<{ readonly token: string }>;
  /** The session a cookie's token belongs to, if it is alive. */
  session(token: string): Promise<OperatorSession | undefined>;
  signOut(token: string): Promise<void>;
  /** Ends all sessions and links of an operator, who comes back only by a new link. False when there is none. */
  remove(name: string, by: string): Promise<boolean>;
  list(): Promise<{ readonly name: string; readonly madeAt: Date; readonly seenAt: Date | null }[]>;
}

export function openOperators({ database, clock }: { database: Database; clock: Clock }): Operators {
  return {
    async link(name, by) {
      if (!/^[\p{L}\p{N}][\p{L}\p{N}\p{M} .'’_-]{0,79}$/u.test(name)) return err({ code: "operator-unknown" });
      const now = clock.now();
      const token = randomToken();
      const expiresAt = new Date(now.getTime() + linkMs);
      await database.transaction(async (tx) => {
        await store.putOperator(tx, name, now);
        await store.putLink(tx, digestOf(token), name, expiresAt);
        await recordAct(tx, { by, act: "operator.linked", about: name, now });
      });
      return ok({ token, expiresAt });
    },
    async signIn(link) {
      const now = clock.now();
      const token = randomToken();
      const operator = await database.transaction(async (tx) => {
        const operator = await store.useLink(tx, digestOf(link), now);
        if (operator === undefined) return undefined;
        await store.putSession(tx, { token: digestOf(token), operator, csrf: randomToken(), now });
        await recordAct(tx, { by: operator, act: "operator.signed-in", about: operator, now });
        return operator;
      });
      return operator === undefined ? err({ code: "operator-link-used" }) : ok({ token });
    },
    async openForCommand(by) {
      const now = clock.now();
      const token = randomToken();
      await database.transaction(async (tx) => {
        await store.putOperator(tx, by, now);
        await store.putSession(tx, { token: digestOf(token), operator: by, csrf: randomToken(), now });
        await recordAct(tx, { by, act: "operator.signed-in", about: by, now });
      });
      return { token };
    },
    session: (token) => store.aliveSession(database, digestOf(token), clock.now(), { idleMs, absoluteMs }),
    signOut: (token) => store.endSession(database, digestOf(token)),
    remove: (name, by) =>
      database.transaction(async (tx) => {
        const now = clock.now();
        if (!(await store.removeOperator(tx, name, now))) return false;
        await recordAct(tx, { by, act: "operator.removed", about: name, now });
        return true;
      }),
    list: () => store.operators(database),
  };
}

/** Whether a form's token is the session's, in constant time. */
export function operatorFormIsOwn(session: OperatorSession, token: string | undefined): boolean {
  const [left, right] = [digestOf(session.csrf), digestOf(token ?? "")];
  return timingSafeEqual(left, right);
}

function digestOf(token: string): Buffer {
  return createHash("sha256").update(token).digest();
}
