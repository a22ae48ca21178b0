import { join } from "node:path";
import { listen, type Listening } from "#http";
import type { Clock } from "#kernel";
import { generateWitnessKey, importWitnessKey, openWitness, witnessVkey } from "#ledger";
import { openDatabase } from "#store";
import { followConfiguration, logsOf } from "./follow-configuration.ts";
import type { AuthorityTrust } from "./invitation-file.ts";
import { openSiteKeys } from "./keys.ts";
import { openMlDsaKey } from "./log-key.ts";
import type { ListenOptions, Site } from "./site.ts";

export interface WitnessSiteOptions {
  readonly name: string;
  readonly databaseUrl: string;
  readonly keysFolder: string;
  /** Cosign with ML-DSA-44 beside Ed25519. */
  readonly mlDsa?: boolean;
  readonly listen: ListenOptions;
  readonly clock: Clock;
  /** Whose logs it follows: all that the country's signed configuration lists. */
  readonly authority: AuthorityTrust;
}

/** The verifier key of a witness; its private key is made at first start. */
export function witnessVerifierKey(name: string, keysFolder: string): string {
  return witnessVkey(witnessKey(name, keysFolder));
}

/** Runs a witness: it cosigns the country's logs after checking that they only grow. */
export async function startWitnessSite(options: WitnessSiteOptions): Promise<Site & { readonly mlDsaVkey?: string }> {
  const database = openDatabase(options.databaseUrl, { max: 4 });
  const key = witnessKey(options.name, options.keysFolder);
  const kept = join(options.keysFolder, "configuration.json");
  const configuration = followConfiguration({ ...options.authority, clock: options.clock, serves: 200, kept });
  const witness = await openWitness({
    database,
    name: options.name,
    key,
    mlDsaKey: options.mlDsa ? openMlDsaKey(options.keysFolder, "witness-ml-dsa.pem", options.name) : undefined,
    clock: options.clock,
    logs: async () => logsOf(await configuration.current()),
  });
  const server: Listening = await listen((request) => witness.handle(request), options.listen);
  return {
    name: options.name,
    url: server.url,
    ...(witness.mlDsaVkey === undefined ? {} : { mlDsaVkey: witness.mlDsaVkey }),
    close: async () => {
      await server.close();
      await database.close();
    },
  };
}

function witnessKey(name: string, keysFolder: string) {
  const pem = openSiteKeys(keysFolder).text("witness.pem", () => generateWitnessKey(name).exportPem());
  return importWitnessKey(name, pem);
}
