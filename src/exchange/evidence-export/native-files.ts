/** The files of a container of ours, beside `message.xml` and `attachment1`: what the exporting member itself sent. */
export const nativeFiles = {
  /** The gateway's record, exactly as its log entry commits to it. */
  record: "evidence/record.json",
  /** Signature bases (RFC 9421), if the messages were kept; signatures in base64. */
  requestBase: "evidence/request.sigbase",
  requestSignature: "evidence/request.sig",
  responseBase: "evidence/response.sigbase",
  responseSignature: "evidence/response.sig",
  /** What the other member sent, as `message.xml` and `attachment1`. */
  receivedMessage: "evidence/received/message.xml",
  receivedBody: "evidence/received/attachment1",
  /** That member's seal over the two, as its own container in X-Road's layout would have it. */
  receivedSeal: "evidence/received/META-INF/signatures.xml",
  /** The members' public keys, and the signed configuration of the exchange's time that registers them. */
  keys: "evidence/keys.json",
  configuration: "evidence/configuration.json",
  /** The one at the export, if it says something else: it vouches for the seals, and knows the log's witnesses of that time. */
  newestConfiguration: "evidence/configuration-at-export.json",
  /** Ledger receipt: entry, proof, cosigned checkpoint, what opens the entry's commitments. */
  receipt: "evidence/ledger-proof.json",
} as const;

/** `evidence/keys.json`. */
export interface KeyList {
  readonly keys: readonly {
    readonly role: "request" | "response";
    readonly keyid: string;
    readonly alg: string;
    readonly member: string;
    readonly jwk: Readonly<Record<string, string>>;
  }[];
}
