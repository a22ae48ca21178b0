import { generateLogKey, importLogKey, type LogKey } from "#ledger";
import { openSiteKeys } from "./keys.ts";

/** The signing key of a site's log, made at first start. One origin, one key, one environment. */
export function openLogKey(keysFolder: string, origin: string): LogKey {
  return importLogKey(
    origin,
    openSiteKeys(keysFolder).text("log.pem", () => generateLogKey(origin).exportPem()),
  );
}
