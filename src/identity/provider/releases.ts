import { err, ok, type Refusal, type Result } from "#kernel";
import type { Session } from "../contract.ts";
import { refuse } from "../problems.ts";
import type { OpenIdProvider } from "./provider.ts";
import type { ReleaseRow } from "./store.ts";

/** How many lines the page shows. */
const shown = 100;

/** Where a person signed in and what they gave there, and what others gave for them; newest first. */
export function releasesOf({ store }: Pick<OpenIdProvider, "store">, session: Session): Promise<ReleaseRow[]> {
  return store.releases(session.person.id, shown);
}

/** Ends one release now, by whom it was given or for whom. Its tokens open nothing any more. */
export async function endRelease(
  { store, options }: Pick<OpenIdProvider, "store" | "options">,
  session: Session,
  id: string,
): Promise<Result<{ readonly ended: string }, Refusal<"client-unknown">>> {
  const own = await store.releases(session.person.id, shown);
  const release = own.find((one) => one.id.toString("hex") === id);
  if (!release) return err(refuse("client-unknown"));
  await store.transaction((tx) => tx.revokeGrant(release.id, options.identity.clock.now()));
  return ok({ ended: id });
}
