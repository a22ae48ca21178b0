import type { Clock } from "#kernel";
import type { Database } from "#store";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import { keptConfiguration } from "../configuration/store.ts";
import { parseClientPath } from "../r1/identifier.ts";
import { recordAct } from "../acts/store.ts";
import { announce, gatewayKeys, nextSigningKey, settleSigningKey } from "./enrol.ts";

/**
 * Rolls a gateway's signing key beside the running gateway, which takes it over with the next configuration. What is
 * registered of the gateway otherwise stays as its kept configuration says.
 * @throws `enrolment-refused`, `authority-unreachable`, `gateway-unknown` when it has never enrolled
 */
export async function rollGatewayKey(o: {
  readonly database: Database;
  readonly authorityUrl: string;
  readonly keysFolder: string;
  readonly gatewayId: string;
  readonly instance: string;
  readonly clock: Clock;
}): Promise<{ readonly keyid: string }> {
  const { keysFolder, gatewayId, instance, clock } = o;
  const kept = await keptConfiguration(o.database, instance);
  const body = kept && (JSON.parse(kept.document) as { signed: ConfigurationBody }).signed;
  const registered = body?.gateways.find((one) => one.id === gatewayId);
  if (!registered)
    throw Object.assign(new Error(`${gatewayId} is not enrolled; start it once`), { code: "gateway-unknown" });
  const next = await nextSigningKey(keysFolder);
  await announce({
    ...o,
    keys: await gatewayKeys(keysFolder),
    wanted: {
      gatewayId,
      instance,
      address: registered.address,
      subsystems: registered.clients.flatMap((client) => {
        const id = parseClientPath(client);
        return id.ok && id.value.subsystemCode !== undefined ? [id.value.subsystemCode] : [];
      }),
      clients: registered.clients,
      consentKeys: registered.signingKeys.filter(({ use }) => use === "consent").map(({ jwk }) => jwk as never),
      logs: registered.logs,
    },
    invitation: undefined,
    next,
  });
  await settleSigningKey(keysFolder, next.keyid);
  const act = { by: "cli", act: "key.rolled", about: gatewayId, detail: { keyid: next.keyid }, now: clock.now() };
  await recordAct(o.database, act);
  return { keyid: next.keyid };
}
