/** Taiwan's ways of signing in, besides the card by Web eID: the card by HiPKI's component, and the phone by TW FidO. */
export { checksumFits, writeChecksum } from "./fido-checksum.ts";
export { fido, type FidoOptions } from "./fido.ts";
export { hipki, type HipkiOptions } from "./hipki.ts";
