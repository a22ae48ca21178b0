/**
 * Notices: what happened to the keys of a person's account since they were last told, shown at their next sign-in whatever
 * the way. Owns `identity.notice_seen`; the happenings themselves are lines of `identity.auth_event`.
 */
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { noticeStore } from "./store.ts";

/** One change to a key that opens the person's account. */
export interface Notice {
  readonly what: "bound" | "removed" | "suspended";
  /** What the person calls the key. */
  readonly name: string;
  readonly at: Date;
}

/** What the person has not been told yet, oldest first. */
export async function unseenNotices(identity: Identity, session: Session): Promise<Notice[]> {
  const rows = await noticeStore(identity.database).unseen(session.person.id);
  return rows.map(({ what, name, at }) => ({ what: what as Notice["what"], name, at }));
}

/** The person has read what was shown up to an instant. */
export async function noticesSeen(identity: Identity, session: Session, upTo: Date): Promise<void> {
  const now = identity.clock.now();
  await noticeStore(identity.database).seen(session.person.id, upTo < now ? upTo : now);
}
