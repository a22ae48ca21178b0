import { createPrivateKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import {
  addSignature,
  newAuthorityKey,
  publicText,
  type GlobalGroup,
  type InvitationRow,
  type RequestRow,
  type RequestState,
  type SignedRoot,
} from "#exchange";
import type { JsonValue } from "#kernel";
import { granted } from "./granted.ts";
import { withAuthority } from "./with-authority.ts";

/** What a registrar does from a command line. `by` is who does it; each act is written down under that name. */

export function listRequests(file: string, state?: RequestState): Promise<RequestRow[]> {
  return withAuthority(file, (authority) => authority.membership.list({ state }));
}

export function decideRequest(
  file: string,
  o: { readonly id: string; readonly decision: "approved" | "rejected"; readonly by: string; readonly reason?: string },
): Promise<{ readonly id: string; readonly state: RequestState }> {
  return withAuthority(file, async (authority) => granted(await authority.membership.decide(o)));
}

export function listInvitations(file: string): Promise<InvitationRow[]> {
  return withAuthority(file, (authority) => authority.invitations());
}

export function withdrawInvitation(file: string, id: string, by: string): Promise<{ member: string }> {
  return withAuthority(file, async (authority) => granted(await authority.withdrawInvitation(id, by)));
}

export function setGroup(file: string, group: GlobalGroup, by: string): Promise<{ code: string }> {
  return withAuthority(file, async (authority) => granted(await authority.setGroup(group, by)));
}

export function removeGroup(file: string, code: string, by: string): Promise<boolean> {
  return withAuthority(file, (authority) => authority.removeGroup(code, by));
}

export function retireGateway(file: string, path: string, by: string): Promise<boolean> {
  return withAuthority(file, (authority) => authority.retireGateway(path, by));
}

/** New keys for all roles whose keys lie in the authority's folder. */
export function rollAuthorityKey(file: string, by: string): Promise<{ version: number }> {
  return withAuthority(file, async (authority) => granted(await authority.rollKey(by)));
}

export function rollCertificates(file: string, by: string): Promise<{ issuesFrom: Date }> {
  return withAuthority(file, (authority) => authority.rollCertificateAuthority(by));
}

/** What the next root shall be, for keys that are kept offline. */
export interface RootProposal {
  /** Public keys, as `makeRootKey` printed them. Left out, the root's keys stay. */
  readonly rootKeys?: readonly string[] | undefined;
  readonly threshold?: number | undefined;
  readonly configurationKeys?: readonly string[] | undefined;
  readonly expires?: string | undefined;
  readonly out: string;
}

/** Writes the next root to a file, signed by those keys that lie in the authority's folder. */
export function proposeRoot(file: string, o: RootProposal): Promise<{ version: number; signatures: number }> {
  return withAuthority(file, async (authority) => {
    const { rootKeys, threshold: rootThreshold, configurationKeys, expires } = o;
    const document = await authority.proposeRoot({ rootKeys, rootThreshold, configurationKeys, expires });
    writeFileSync(o.out, `${JSON.stringify(document, null, 2)}\n`);
    return { version: document.signed.version, signatures: document.signatures.length };
  });
}

/** Makes a key that is kept offline, and prints its public half. Needs neither network nor database. */
export function makeRootKey(out: string): { public: string } {
  const pem = newAuthorityKey();
  writeFileSync(out, pem, { mode: 0o600, flag: "wx" });
  return { public: publicText(createPrivateKey(pem)) };
}

/** Adds an offline key's signature to a proposed root. Needs neither network nor database. */
export function signRoot(file: string, keyFile: string): { version: number; signatures: number } {
  const document = JSON.parse(readFileSync(file, "utf8")) as SignedRoot;
  const signed = addSignature(document, createPrivateKey(readFileSync(keyFile, "utf8")));
  writeFileSync(file, `${JSON.stringify(signed, null, 2)}\n`);
  return { version: signed.signed.version, signatures: signed.signatures.length };
}

/** Installs a root that enough keys have signed. Everybody follows with the next configuration. */
export function installRoot(file: string, rootFile: string, by: string): Promise<{ version: number }> {
  const document = JSON.parse(readFileSync(rootFile, "utf8")) as JsonValue;
  return withAuthority(file, async (authority) => granted(await authority.installRoot(document, by)));
}
