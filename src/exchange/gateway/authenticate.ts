import { err, ok, type Result } from "#kernel";
import { digestOf, type Content } from "../body/content.ts";
import type { BodyFault, CallBodies } from "../body/receive.ts";
import { bodyRefused } from "../body/refuse.ts";
import type { RegisteredGateway } from "../configuration/configuration.ts";
import type { DirectoryKey } from "../configuration/directory.ts";
import { checkContentDigest } from "../hop/content-digest.ts";
import type { VerifiedRequest } from "../hop/profile.ts";
import type { HopRefusal } from "../hop/refusals.ts";
import type { Passage } from "../operation/record.ts";
import { r1ErrorOf } from "../r1/errors.ts";
import { headerValues, parseRelayedCall, type RawHeaders, type RelayedCall } from "../r1/headers.ts";
import { identifierPath, memberOf } from "../r1/identifier.ts";
import type { BodyDigest } from "../r1/message-hash.ts";
import { envelopeOf, saltHeader, type PurposeEnvelope } from "./envelope.ts";
import { fitsEntry } from "./evidence.ts";
import { atProvider, type CallRefusal } from "./refusal.ts";

/** A message from a peer, with the fingerprint of the certificate its connection showed. */
export interface PeerMessage {
  readonly method: string;
  readonly rawTarget: string;
  readonly rawHeaders: RawHeaders;
  /** Takes the body in; not called before the head is proven to be a member's. */
  readonly body: () => Promise<Result<Content, BodyFault>>;
  readonly fingerprint: string;
  /** Of this call; released by the caller when the answer has been sent. */
  readonly bodies: CallBodies;
  readonly passage: Passage;
}

/** The head of a message whose sender is proven. */
export interface AuthenticHead {
  readonly verified: VerifiedRequest;
  readonly call: RelayedCall;
  /** As the r1 header part has them. */
  readonly headers: RawHeaders;
  readonly envelope: PurposeEnvelope;
  readonly salt: string;
  /** The gateway that sent it, path form. */
  readonly sender: string;
  readonly bodies: CallBodies;
  readonly passage: Passage;
}

/** A whole message whose sender is proven. */
export interface Authentic extends AuthenticHead {
  readonly hash: string;
  readonly digest: BodyDigest;
  readonly body: Content;
}

/** Whose message it is, by its signature's key: a member speaks for its own clients only. */
export function authenticate(
  peer: RegisteredGateway,
  signer: DirectoryKey | undefined,
  message: PeerMessage,
  verified: VerifiedRequest,
): Result<AuthenticHead, CallRefusal> {
  const headers = verified.headers.filter(([name]) => name.toLowerCase() !== saltHeader);
  const call = parseRelayedCall(message.method, message.rawTarget, headers);
  const envelope = envelopeOf(headers);
  const [salt] = headerValues(verified.headers, saltHeader);
  if (!call.ok) return err({ problem: "call-malformed", error: r1ErrorOf(call.error, "serverproxy", "deployed") });
  if (!envelope.ok || !salt || !/^[A-Za-z0-9_-]{43}$/.test(salt)) {
    return err(atProvider("call-malformed", "invalid_request", "A Taroko header is missing or malformed"));
  }
  if (!fitsEntry(call.value.target.service)) {
    return err(atProvider("call-malformed", "invalid_request", "The service identifier is too long"));
  }
  const { client } = call.value;
  if (signer?.use !== "exchange" || signer.member !== identifierPath(memberOf(client))) {
    return err(
      atProvider("call-signature-invalid", "invalid_signature_value", "The call is signed by another member", {
        reason: "signed-by-another-member",
      }),
    );
  }
  if (!peer.clients.includes(identifierPath(client))) {
    return err(
      atProvider("peer-untrusted", "ssl_authentication_failed", "The sending gateway does not serve this client"),
    );
  }
  return ok({
    verified,
    headers,
    call: call.value,
    envelope: envelope.value,
    salt,
    sender: peer.id,
    bodies: message.bodies,
    passage: message.passage,
  });
}

export interface ReadBody {
  readonly body: Content;
  readonly digest: BodyDigest;
  /** The content is not what the signed head says. */
  readonly mismatch?: HopRefusal;
  /** It was not taken in whole; the digest is then the signed one. */
  readonly fault?: CallRefusal;
}

/** A message that is refused without its body, which the signed head names by its digest. */
export function unread({ contentDigest }: VerifiedRequest, fault: CallRefusal): ReadBody {
  return { body: new Uint8Array(), digest: { sha512: contentDigest, length: 1 }, fault }; // there was something of it
}

/** Takes the body in and compares it with what the signed head says. */
export async function readBody(message: PeerMessage, verified: VerifiedRequest): Promise<ReadBody> {
  const received = await message.body();
  if (!received.ok) return unread(verified, bodyRefused(received.error, atProvider));
  const digest = digestOf(received.value);
  const checked = checkContentDigest(verified.contentDigest, digest);
  return { body: received.value, digest, ...(checked.ok ? {} : { mismatch: checked.error }) };
}
