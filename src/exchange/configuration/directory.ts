import { createPublicKey, type KeyObject } from "node:crypto";
import type { Localised } from "#kernel";
import type { ConfigurationBody, RegisteredGateway, RegisteredKey, RegisteredMember } from "./configuration.ts";

/** A registered key, ready to verify with. */
export interface DirectoryKey extends RegisteredKey {
  readonly key: KeyObject;
}

/** One accepted configuration, indexed for the questions a call asks. Built once per version. */
export interface Directory {
  readonly body: ConfigurationBody;
  /** Gateways that serve a client (path form), in the configuration's order. */
  gatewaysOf(client: string): readonly RegisteredGateway[];
  /** The gateway that may show this certificate. */
  gatewayByFingerprint(sha256: string): RegisteredGateway | undefined;
  gateway(id: string): RegisteredGateway | undefined;
  /** A key that is registered and not revoked. */
  key(keyid: string): DirectoryKey | undefined;
  member(id: string): RegisteredMember | undefined;
  /** Codes of the global groups a client (path form) is in. */
  groupsOf(client: string): readonly string[];
  /** Name of a member or subsystem (path form); its own id when it is not registered. */
  nameOf(client: string): Localised;
}

export function directoryOf(body: ConfigurationBody): Directory {
  const byClient = new Map<string, RegisteredGateway[]>();
  const byFingerprint = new Map<string, RegisteredGateway>();
  const byId = new Map<string, RegisteredGateway>();
  const keys = new Map<string, DirectoryKey>();
  const members = new Map(body.members.map((member) => [member.id, member]));
  const revoked = new Set(body.revokedKeys);
  const groups = new Map<string, string[]>();
  for (const group of body.groups ?? [])
    for (const client of group.members) groups.set(client, [...(groups.get(client) ?? []), group.code]);
  for (const gateway of body.gateways) {
    byId.set(gateway.id, gateway);
    for (const client of gateway.clients) byClient.set(client, [...(byClient.get(client) ?? []), gateway]);
    for (const fingerprint of gateway.tlsFingerprints) byFingerprint.set(fingerprint, gateway);
    for (const key of gateway.signingKeys) {
      if (revoked.has(key.keyid)) continue;
      keys.set(key.keyid, { ...key, key: createPublicKey({ key: { ...key.jwk }, format: "jwk" }) });
    }
  }
  return {
    body,
    gatewaysOf: (client) => byClient.get(client) ?? [],
    gatewayByFingerprint: (sha256) => byFingerprint.get(sha256),
    gateway: (id) => byId.get(id),
    key: (keyid) => keys.get(keyid),
    member: (id) => members.get(id),
    groupsOf: (client) => groups.get(client) ?? [],
    nameOf: (client) => {
      const [instance, memberClass, code, subsystem] = client.split("/");
      const member = members.get(`${instance}/${memberClass}/${code}`);
      const name =
        subsystem === undefined ? member?.name : member?.subsystems.find((one) => one.code === subsystem)?.name;
      return name ?? member?.name ?? { "zh-Hant": client, en: client };
    },
  };
}
