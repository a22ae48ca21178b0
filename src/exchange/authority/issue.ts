import { entryInstant } from "#ledger";
import type { Sql } from "#store";
import {
  contentDigest,
  signConfiguration,
  type ConfigurationBody,
  type WitnessEntry,
} from "../configuration/configuration.ts";
import type { SignedRoot, TrustedRoot } from "../configuration/root.ts";
import { identifierPath } from "../r1/identifier.ts";
import type { AuthorityOptions } from "./face.ts";
import type { AuthorityKeys } from "./keys.ts";
import { configurationKeys, newestRoot } from "./roots.ts";
import * as store from "./store.ts";

/** Signs what the register says, by the keys that the newest root names. */
export interface Issuing {
  /** The newest signed configuration, JSON. */
  readonly current: () => string;
  readonly root: (sql: Sql) => Promise<{ trusted: TrustedRoot; documents: readonly SignedRoot[] }>;
  /** Changes the register and issues the version that shows the change, both or neither. */
  readonly changing: <Value>(work: (tx: Sql) => Promise<Value>) => Promise<{ value: Value; version: number }>;
  readonly issue: () => Promise<{ version: number }>;
  /** From the next issue on. */
  readonly setWitnesses: (next: readonly WitnessEntry[]) => void;
  readonly close: () => void;
}

/** Seconds. */
export interface Lifetime {
  readonly every: number;
  readonly soft: number;
  readonly hard: number;
}

/** Issues at once, every `lifetime.every`, and with each change. */
export async function openIssuing(o: AuthorityOptions, keys: AuthorityKeys, lifetime: Lifetime): Promise<Issuing> {
  let witnesses = o.witnesses ?? [];
  let text = "";
  let shown = 0;

  async function rootIn(sql: Sql): Promise<{ trusted: TrustedRoot; documents: readonly SignedRoot[] }> {
    const documents = (await store.rootDocuments(sql)).map((one) => JSON.parse(one) as SignedRoot);
    return { trusted: newestRoot(o.instance, keys.anchor, documents), documents };
  }

  async function issueIn(tx: Sql): Promise<{ version: number; document: string }> {
    const version = Number(await store.lockIssuing(tx)) + 1;
    const now = o.clock.now();
    const { trusted, documents } = await rootIn(tx);
    const limit = trusted.body.expires === undefined ? Infinity : Date.parse(trusted.body.expires);
    const after = (seconds: number): string => new Date(Math.min(now.getTime() + seconds * 1000, limit)).toISOString();
    const gateways = await store.gatewayRows(tx);
    const groups = await store.groups(tx);
    const body: ConfigurationBody = {
      type: "configuration",
      specVersion: "1",
      instance: o.instance,
      version,
      issued: now.toISOString(),
      softExpires: after(lifetime.soft),
      expires: after(lifetime.hard),
      members: await store.members(tx),
      gateways: gateways.map((row) => ({
        id: row.path,
        member: row.member,
        address: row.address,
        tlsFingerprints: row.certificates
          .filter((one) => Date.parse(one.notAfter) > now.getTime())
          .map((c) => c.sha256),
        clients: row.clients,
        signingKeys: row.signing_keys.filter((key) => !key.notAfter || Date.parse(key.notAfter) > now.getTime()),
        logs: row.logs,
      })),
      certificateAuthority: (await keys.issuing(now)).trusted,
      consentIssuers: (o.consentIssuers ?? []).map(identifierPath),
      witnesses,
      purposes: o.purposes ?? [],
      revokedKeys: await store.revokedKeys(tx),
      logs: [{ origin: o.log.origin, vkey: o.log.vkey, ...(o.logUrl ? { url: o.logUrl } : {}) }],
      ...(groups.length > 0 ? { groups } : {}),
      ...(trusted.body.version > 1 ? { root: trusted.body.version } : {}),
    };
    const content = contentDigest(body);
    if (content !== (await store.newestContent(tx))) {
      const ver = String(version);
      await o.log.append(tx, { v: 1, t: "configuration.issued", at: entryInstant(now), ver, dig: content });
    }
    const signing = await configurationKeys(trusted.body, keys);
    const document = JSON.stringify(signConfiguration(body, signing, documents));
    await store.putIssued(tx, { version, document, content, at: now });
    return { version, document };
  }

  async function changing<Value>(work: (tx: Sql) => Promise<Value>): Promise<{ value: Value; version: number }> {
    const { value, issued } = await o.database.transaction(async (tx) => {
      const value = await work(tx);
      return { value, issued: await issueIn(tx) };
    });
    show(issued.version, issued.document);
    return { value, version: issued.version };
  }

  function show(version: number, document: string): void {
    if (version <= shown) return;
    shown = version;
    text = document;
  }

  const issue = async (): Promise<{ version: number }> => ({
    version: (await changing(async () => undefined)).version,
  });
  await issue();
  const failed = (fault: unknown): void => o.logger?.error({ cause: String(fault) }, "configuration not issued");
  const timer = setInterval(() => void issue().catch(failed), lifetime.every * 1000);
  timer.unref();
  // A command line beside this process issues too: what it approved is served at once, not at the next issue.
  const looking = setInterval(() => {
    store
      .documentAfter(o.database, shown)
      .then((newer) => newer && show(Number(newer.version), newer.document))
      .catch(failed);
  }, 1000);
  looking.unref();

  return {
    current: () => text,
    root: rootIn,
    changing,
    issue,
    setWitnesses: (next) => void (witnesses = next),
    close() {
      clearInterval(timer);
      clearInterval(looking);
    },
  };
}
