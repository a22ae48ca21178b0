/**
 * Kept forms: what a person sent when a stronger proof was needed first. It waits sealed for ten minutes, opens to that
 * person alone, and is sent by their own press, never by itself. Owns `identity.kept_form`.
 */
import { err, isUuid, ok, uuidV7, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import type { Identity } from "../identity.ts";
import { refuse } from "../problems.ts";
import { keptFormStore } from "./store.ts";

const keptForMs = 10 * 60_000;

/** A form as it was sent, without its token. */
export interface KeptForm {
  /** Where it goes: a path of this site. */
  readonly action: string;
  /** The page it came from. */
  readonly page: string;
  readonly fields: Readonly<Record<string, string>>;
}

/** Keeps a form for the person of the session. Answers under which id. */
export async function keepForm(identity: Identity, session: Session, form: KeptForm): Promise<string> {
  const now = identity.clock.now();
  const id = uuidV7(now);
  await keptFormStore(identity.database).put({
    id,
    personId: session.person.id,
    sealed: identity.keys.seal(JSON.stringify(form), `kept/${id}`),
    expiresAt: new Date(now.getTime() + keptForMs),
  });
  return id;
}

/** A kept form, to the person it belongs to, in whatever session of theirs. */
export async function keptForm(
  identity: Identity,
  session: Session,
  id: string,
): Promise<Result<KeptForm, Refusal<"kept-form-gone">>> {
  const now = identity.clock.now();
  const sealed = isUuid(id) ? await keptFormStore(identity.database).of(id, session.person.id, now) : undefined;
  return sealed ? ok(JSON.parse(identity.keys.open(sealed, `kept/${id}`)) as KeptForm) : err(refuse("kept-form-gone"));
}
