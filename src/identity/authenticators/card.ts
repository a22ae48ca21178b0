import { displayName } from "../person.ts";
import { validateAuthToken } from "../web-eid/index.ts";
import { rejected, type Authenticator, type ClientPart, type AuthenticationContext } from "./authenticator.ts";

/** Web eID's token, however it comes from the card to us. */
function tokenAuthenticator(
  own: Pick<Authenticator, "id" | "title" | "text">,
  client: (context: AuthenticationContext) => ClientPart,
): Authenticator {
  return {
    ...own,
    credentialKind: "webeid",
    maxAcr: "urn:taroko:loa:high",
    amr: ["sc", "pin", "mfa", "pop"],
    phishingResistant: true,
    begin: (context) => Promise.resolve({ state: null, client: client(context) }),
    async finish(context, _state, answer) {
      const verdict = await validateAuthToken({ ...context, token: answer["token"] ?? "" });
      if (!verdict.valid) return rejected(verdict.reason, `step ${verdict.step}: ${verdict.detail}`);
      const { certificate, issuer, identity, evidence } = verdict;
      const signingCertificate = answer["signingCertificate"];
      return {
        status: "verified",
        certificate,
        issuer,
        claims: { ...identity, name: displayName(certificate.subject) },
        ...(evidence && { evidence }),
        ...(signingCertificate && { signingCertificate }),
      };
    },
  };
}

/** A card through the Web eID browser extension: reference "Web eID: browser side". The page's element speaks to it. */
export function webEid(): Authenticator {
  return tokenAuthenticator(
    {
      id: "web-eid",
      title: { "zh-Hant": "卡片與 Web eID 擴充功能", en: "Card with the Web eID extension" },
      text: {
        "zh-Hant": "卡片插在這台電腦的讀卡機，瀏覽器已安裝 Web eID。",
        en: "Your card is in this computer's reader, and the browser has the Web eID extension.",
      },
    },
    ({ challenge, language }) => ({
      kind: "element",
      element: "web-eid-sign-in",
      data: { challenge, lang: language === "en" ? "en" : "zh" },
    }),
  );
}

/** A card at a reader with pages of its own, to which the browser is sent. It works without scripts. */
export function redirectReader(reader: { readonly url: string }): Authenticator {
  return tokenAuthenticator(
    {
      id: "card-reader",
      title: { "zh-Hant": "用卡片登入", en: "Sign in with your card" },
      text: {
        "zh-Hant": "自然人憑證或新式身分證，加上卡片的 PIN 碼。",
        en: "Your citizen certificate card or new identity card, with its PIN.",
      },
    },
    ({ challenge, origin, language }) => {
      const url = new URL("/authenticate", reader.url);
      url.search = new URLSearchParams({
        challenge,
        origin,
        return: `${origin}/sign-in/finish`,
        lang: language,
      }).toString();
      return { kind: "redirect", url: url.href };
    },
  );
}
