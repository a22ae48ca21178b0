import { systemClock, type Clock } from "#kernel";
import type { Log, TimeStampAuthority } from "#ledger";
import type { Database } from "#store";
import { acceptConfiguration, type ConfigurationBody } from "../configuration/configuration.ts";
import { directoryOf } from "../configuration/directory.ts";
import { keptConfiguration } from "../configuration/store.ts";
import { gatewayKeys, keptCertificate, messagesKey } from "../gateway/enrol.ts";
import { openPeerPool, type PeerPool, type TlsIdentity } from "../gateway/peer-pool.ts";
import { identifierPath, type MemberId } from "../r1/identifier.ts";
import { openEvidenceDesk, type EvidenceDesk } from "./evidence-desk.ts";
import { openKeeper, type MessageKeeper } from "./keep.ts";
import { fileAccess } from "./open-file.ts";
import type { EvidenceVerdict } from "./verdict.ts";
import type { ArchiveVerdict } from "./verify-archive.ts";
import type { VerifyOptions } from "./verify.ts";
import type { RandomAccess } from "./zip-read.ts";

/** Whom to believe, as a command line has it. */
export interface VerifyFileOptions {
  /** The bytes of an X-Road `shared-params.xml`. */
  readonly sharedParams?: Uint8Array | undefined;
  /** The text of a signed configuration of ours. */
  readonly configuration?: string | undefined;
  readonly anchor?: string | undefined;
  readonly policy?: string | undefined;
  readonly timeStampAuthorities?: string | undefined;
}

/**
 * Checks a container in a file, in memory that does not grow with it.
 * @throws when the file cannot be read; `trust-unreadable`, `configuration-invalid` when what is to be believed cannot be
 */
export async function verifyEvidenceFile(path: string, o: VerifyFileOptions): Promise<EvidenceVerdict> {
  return checkFile(path, o, async (file, options) => {
    const { verifyContainer } = await import("./verify.ts");
    return verifyContainer(file, options);
  });
}

/**
 * Checks a file that may be an archive of containers, as `/asic` answers; nothing for a file that is none.
 * @throws as `verifyEvidenceFile`
 */
export async function verifyEvidenceArchive(path: string, o: VerifyFileOptions): Promise<ArchiveVerdict | undefined> {
  return checkFile(path, o, async (file, options) => {
    const { asArchive, verifyArchive } = await import("./verify-archive.ts");
    const archive = await asArchive(file);
    return archive && verifyArchive(archive, options);
  });
}

async function checkFile<Verdict>(
  path: string,
  o: VerifyFileOptions,
  check: (file: RandomAccess, options: VerifyOptions) => Promise<Verdict>,
): Promise<Verdict> {
  // Read only when wanted: XML takes a while to load.
  const { trustFromConfiguration, trustFromSharedParams } = await import("./trust.ts");
  const current = o.configuration === undefined ? undefined : configurationOf(o.configuration, o.anchor);
  const trust = o.sharedParams ? trustFromSharedParams(o.sharedParams) : current && trustFromConfiguration(current);
  const file = await fileAccess(path);
  try {
    return await check(file, {
      trust,
      native: { anchor: o.anchor, policy: o.policy, current },
      timeStampAuthorities: o.timeStampAuthorities,
    });
  } finally {
    await file.close();
  }
}

function configurationOf(text: string, anchor: string | undefined): ConfigurationBody {
  const fault = (why: string): Error =>
    Object.assign(new Error(`the configuration cannot be used: ${why}`), { code: "configuration-invalid" });
  if (anchor === undefined) throw fault("name the authority's anchor with --anchor");
  const accepted = acceptConfiguration(text, { anchor, now: new Date() });
  if (!accepted.ok) throw fault(String(accepted.error.params?.["reason"]));
  return accepted.value.body;
}

/** What a gateway keeps of messages, whether it runs or not. */
export async function keptMessages(database: Database, keysFolder: string): Promise<MessageKeeper> {
  return openKeeper({ database, clock: systemClock, key: await messagesKey(keysFolder), rules: [] });
}

/** The desk of a gateway that need not run: its database and its keys folder are enough. */
export async function openEvidenceAt(o: {
  readonly database: Database;
  readonly log: Pick<Log, "receipt">;
  readonly clock: Clock;
  readonly keysFolder: string;
  readonly member: MemberId;
  readonly serverCode: string;
  readonly anchor: string;
  readonly authorityUrl: string;
  readonly timeStamps?: TimeStampAuthority | undefined;
}): Promise<EvidenceDesk> {
  const { signing, tlsKey } = await gatewayKeys(o.keysFolder);
  const cert = await keptCertificate(o.keysFolder);
  const { database, clock } = o;
  const kept = await keptConfiguration(database, o.member.instance);
  const accepted = kept && acceptConfiguration(kept.document, { anchor: o.anchor, now: clock.now() });
  const directory = accepted?.ok ? directoryOf(accepted.value.body) : undefined;
  const identity: TlsIdentity = { key: tlsKey, cert, ca: directory?.body.certificateAuthority ?? "" };
  /** Connections that end with the question: whoever asks here may be a command line. */
  const send: PeerPool["send"] = async (peer, request) => {
    const peers = openPeerPool(() => identity);
    try {
      return await peers.send(peer, request);
    } finally {
      await peers.close();
    }
  };
  const key = await messagesKey(o.keysFolder);
  return openEvidenceDesk({
    ...o,
    gatewayId: identifierPath({ ...o.member, serverCode: o.serverCode }),
    keeper: openKeeper({ database, clock, key, rules: [] }),
    signingKey: () => signing,
    hop: { directory: () => directory, send },
  });
}
