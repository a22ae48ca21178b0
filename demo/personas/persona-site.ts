import type { Context } from "hono";
import type { Identity, OpenIdProvider } from "#identity";
import type { Refusal, Result } from "#kernel";
import type { ReadyClient } from "./clients.ts";
import type { FaultSwitches } from "./faults.ts";
import type { Persona } from "./people.ts";
import type { Spoiler } from "./spoil.ts";

/** What pages, API and front work with. */
export interface PersonaSite {
  /** As browsers see it: `http://localhost:8090`. */
  readonly origin: string;
  /** Where the portal itself listens, behind the front. */
  readonly portalUrl: string;
  readonly readerUrl: string;
  readonly identity: Identity;
  readonly provider: OpenIdProvider;
  readonly personas: ReadonlyMap<string, Persona>;
  readonly clients: readonly ReadyClient[];
  /** File with the private JWK of the clients that need one. */
  readonly keyFile: string;
  readonly switches: FaultSwitches;
  readonly spoiler: Spoiler;
  /** Where a client's logout tokens are passed on to, if it said so. */
  readonly logoutUris: Map<string, string>;
  /** Signs a persona in, with the faults of the client that a path of the provider is for. */
  signIn(
    key: string,
    o: { readonly client?: string | undefined; readonly low?: boolean; readonly replaces?: string | undefined },
  ): Promise<Result<{ readonly token: string }, Refusal>>;
  /** {@link signIn} for a browser: sets its session, or says on the personas' page why not. */
  enter(c: Context, o: { readonly key: string; readonly next: string; readonly low?: boolean }): Promise<Response>;
}
