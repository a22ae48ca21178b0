import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { removePostgres, startPostgres } from "#store";
import { describeSite } from "./describe-site.ts";
import { personaDatabases, runPersonas, type RunningPersonas } from "./run-personas.ts";

export interface PersonasUpOptions {
  readonly port: number;
  readonly data: string;
  readonly json?: boolean;
  readonly fresh?: boolean;
  readonly databaseUrl?: string | undefined;
}

/**
 * `taroko personas`: the provider for developers, until Ctrl-C.
 * @returns the exit status: 0, or 1 when it could not start
 */
export async function personasUp(options: PersonasUpOptions): Promise<0 | 1> {
  const folder = resolve(options.data);
  const from = performance.now();
  let personas: RunningPersonas | undefined;
  const stopping = new Promise<void>((stop) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => stop());
  });
  try {
    if (process.env["NODE_ENV"] === "production" || process.env["TAROKO_PRODUCTION"])
      throw new Error(
        "Personas are for demonstrations: anybody can be signed in as anybody. Not started in production.",
      );
    mkdirSync(folder, { recursive: true });
    if (options.fresh) await throwAway(folder, options.databaseUrl);
    personas = await runPersonas({ folder, port: options.port, databaseUrl: options.databaseUrl });
    const seconds = ((performance.now() - from) / 1000).toFixed(1);
    if (options.json)
      console.log(JSON.stringify({ ...describeSite(personas.site), startSeconds: Number(seconds) }, null, 2));
    else tell(personas, seconds);
    await stopping;
    return 0;
  } catch (fault) {
    console.error(fault instanceof Error ? fault.message : String(fault));
    if (process.env["TAROKO_LOG"]) console.error(fault);
    return 1;
  } finally {
    await personas?.close();
  }
}

function tell({ site }: RunningPersonas, seconds: string): void {
  const [simple, government, representing] = site.clients.map(({ id }) => id);
  console.log(`Up after ${seconds} s. Demonstration only: everybody is invented, and anybody can be signed in as anybody.

  personas     ${site.origin}/personas        who there is; one click signs in; faults
  portal       ${site.origin}
  card reader  ${site.readerUrl}        a simulator

Paste into your relying party (any port and path of http://localhost comes back):

  ISSUER=${site.provider.issuer}
  CLIENT_ID=${simple}                    plain OpenID Connect, no secret, PKCE

  CLIENT_ID=${government}                FAPI 2.0 with attributes
  CLIENT_ID=${representing}              the same, for people who act for others
  CLIENT_KEY=${site.keyFile}

For example:

  ISSUER=${site.provider.issuer} CLIENT_ID=${simple} node examples/relying-party/relying-party.mjs

For test suites: ${site.origin}/personas/api   (docs/guides/personas.md)
Ctrl-C stops it; the data stays. --fresh begins anew.`);
}

async function throwAway(folder: string, databaseUrl: string | undefined): Promise<void> {
  if (databaseUrl) {
    const server = await startPostgres({ folder, url: databaseUrl });
    for (const name of personaDatabases()) await server.drop(name);
  } else removePostgres(join(folder, "postgres"));
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
}
