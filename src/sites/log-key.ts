import { existsSync } from "node:fs";
import { join } from "node:path";
import {
  generateLogKey,
  generateMlDsaKey,
  importLogKey,
  importMlDsaKey,
  logVkey,
  type LogKey,
  type MlDsaKey,
} from "#ledger";
import { openSiteKeys } from "./keys.ts";

/** The signing key of a site's log, made at first start. One origin, one key, one environment. */
export function openLogKey(keysFolder: string, origin: string): LogKey {
  return importLogKey(
    origin,
    openSiteKeys(keysFolder).text("log.pem", () => generateLogKey(origin).exportPem()),
  );
}

/** The verifier key of a site's log, if the site has ever started: a recovery must not make a new one. */
export function logVkeyOf(keysFolder: string, origin: string): string | undefined {
  return existsSync(join(keysFolder, "log.pem")) ? logVkey(openLogKey(keysFolder, origin)) : undefined;
}

/** The ML-DSA-44 key of a log or a witness, made when it is first asked for. */
export function openMlDsaKey(keysFolder: string, file: string, name: string): MlDsaKey {
  return importMlDsaKey(
    name,
    openSiteKeys(keysFolder).text(file, () => generateMlDsaKey(name).exportPem()),
  );
}
