import { readCertificate, type Authenticator } from "#identity";
import { toBeSigned, verifyCitizen } from "./citizen-certificate.ts";

export interface HipkiOptions {
  /** DER of the issuing authorities of citizens' certificates. */
  readonly trustedIssuers: readonly Uint8Array[];
  /** Where the component answers; `http://localhost:61161` unless told. */
  readonly component?: string;
  /** The lowest version accepted; the first published one with the present calls unless told. */
  readonly minimumVersion?: string;
}

/**
 * The citizen certificate card through HiPKI's local component: reference "HiPKI local component". The PIN is typed on our
 * page and goes to the component alone. The component signs for whatever page asks, so that a look-alike site could pass
 * the signature on: not resistant to phishing, and substantial at most.
 */
export function hipki(options: HipkiOptions): Authenticator {
  const trustedIssuers = options.trustedIssuers.map((der) => readCertificate(der));
  return {
    id: "hipki",
    title: { "zh-Hant": "自然人憑證（HiPKI 元件）", en: "Citizen certificate card (HiPKI component)" },
    text: {
      "zh-Hant": "卡片插在這台電腦的讀卡機，已安裝跨平台網頁元件。",
      en: "Your card is in this computer's reader, and HiPKI's local component is installed.",
    },
    credentialKind: "hipki",
    maxAcr: "urn:taroko:loa:substantial",
    amr: ["sc", "pin", "mfa"],
    phishingResistant: false,
    asks: "first-time",
    begin: (context) =>
      Promise.resolve({
        state: null,
        client: {
          kind: "element",
          element: "hipki-sign-in",
          data: {
            tbs: toBeSigned(context),
            component: options.component ?? "http://localhost:61161",
            minimum: options.minimumVersion ?? "1.3.4.103327",
          },
        },
      }),
    finish: (context, _state, answer) => verifyCitizen(context, trustedIssuers, answer["signature"] ?? ""),
  };
}
