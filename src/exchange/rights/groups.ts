import { canonicalJson, err, ok, uuidV7, type Refusal, type Result } from "#kernel";
import { commitSync, entryInstant } from "#ledger";
import { recordAct } from "../acts/store.ts";
import { freshSalt } from "../gateway/evidence.ts";
import { identifierPath, parseClientPath } from "../r1/identifier.ts";
import type { By, RightsContext } from "./enter-change.ts";
import {
  dropGroupMember,
  groupsOfAgency,
  lockGroup,
  putGroup,
  putGroupChange,
  putGroupMember,
  type LocalGroup,
} from "./group-store.ts";

export type GroupRefusal = Refusal<"group-unknown" | "right-invalid">;

type MemberChanged = Result<{ code: string; client: string; changed: boolean }, GroupRefusal>;

/** The agency's own groups, which its rights can name as subjects. */
export function localGroups({ database, member }: RightsContext): Promise<LocalGroup[]> {
  return groupsOfAgency(database, identifierPath(member));
}

/** Makes a group, or gives it another title. */
export function defineGroup(
  { database, clock, member }: RightsContext,
  group: { readonly code: string; readonly title: string },
  { by }: By,
): Promise<Result<{ code: string }, Refusal<"right-invalid">>> {
  const { code, title } = group;
  return database.transaction(async (tx) => {
    if (!/^[A-Za-z0-9'()+,\-.=?]{1,80}$/.test(code))
      return err({ code: "right-invalid", params: { reason: "code" } } as const);
    if (title.trim() === "" || title.length > 200)
      return err({ code: "right-invalid", params: { reason: "title" } } as const);
    if (await putGroup(tx, identifierPath(member), code, title)) {
      await recordAct(tx, { by, act: "group.defined", about: code, detail: { title }, now: clock.now() });
    }
    return ok({ code });
  });
}

/** Puts a client into a group: every right of the group is its own from the next call on. */
export function addToGroup(context: RightsContext, code: string, client: string, o: By): Promise<MemberChanged> {
  return changeMember(context, { code, client, change: "group-joined", write: putGroupMember }, o);
}

/** Takes a client out of a group; its rights end with the next call. */
export function removeFromGroup(context: RightsContext, code: string, client: string, o: By): Promise<MemberChanged> {
  return changeMember(context, { code, client, change: "group-left", write: dropGroupMember }, o);
}

async function changeMember(
  { database, log, clock, member }: RightsContext,
  o: {
    readonly code: string;
    readonly client: string;
    readonly change: "group-joined" | "group-left";
    readonly write: typeof putGroupMember;
  },
  { by, note }: By,
): Promise<MemberChanged> {
  const { code, change } = o;
  const owner = identifierPath(member);
  const parsed = parseClientPath(o.client);
  if (!parsed.ok) return err({ code: "right-invalid", params: { reason: "client" } });
  const client = identifierPath(parsed.value);
  return database.transaction(async (tx) => {
    if (!(await lockGroup(tx, owner, code))) return err({ code: "group-unknown" } as const);
    if (!(await o.write(tx, owner, code, client))) return ok({ code, client, changed: false });
    const at = clock.now();
    const salt = freshSalt();
    const record = canonicalJson({ owner, code, client, change, by, ...(note ? { note } : {}) });
    const rec = commitSync(record, Buffer.from(salt, "base64url"));
    const service = `LOCALGROUP:${code}`;
    const entry = {
      v: 1,
      t: "right.changed",
      at: entryInstant(at),
      member: owner,
      peer: client,
      service,
      change,
      rec,
    } as const;
    const logEntry = await log.append(tx, entry);
    await putGroupChange(tx, { id: uuidV7(at), owner, code, client, change, at, by, record, salt, logEntry });
    await recordAct(tx, {
      by,
      act: `right.${change}`,
      about: code,
      detail: { client, ...(note ? { note } : {}) },
      now: at,
    });
    return ok({ code, client, changed: true });
  });
}
