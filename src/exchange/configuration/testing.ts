import type { ConfigurationBody } from "./configuration.ts";

/** A configuration that lists nothing yet, issued at this time: it warns after ten minutes and ends after three days. */
export function emptyConfiguration(issued: Date, change: Partial<ConfigurationBody> = {}): ConfigurationBody {
  const minutesOn = (minutes: number): string => new Date(issued.getTime() + minutes * 60_000).toISOString();
  return {
    type: "configuration",
    specVersion: "1",
    instance: "TW",
    version: 7,
    issued: minutesOn(0),
    softExpires: minutesOn(10),
    expires: minutesOn(72 * 60),
    members: [],
    gateways: [],
    certificateAuthority: "pem",
    consentIssuers: [],
    witnesses: [],
    purposes: [],
    revokedKeys: [],
    logs: [],
    ...change,
  };
}
