import type { Localised } from "#kernel";
import { both } from "#ui";
import { acrOrder } from "../assurance.ts";
import type { Acr, MandateKind } from "../contract.ts";
import { mandateTitles } from "../contract.ts";
import type { Attribute, ClientMetadata } from "./contract.ts";

/** What somebody filled in to register a relying party; lists have one item a line. */
export type ClientForm = Readonly<Record<ClientField, string>>;

export const clientFields = [
  "profile",
  "nameZh",
  "nameEn",
  "purposeZh",
  "purposeEn",
  "legalBasis",
  "retentionZh",
  "retentionEn",
  "redirectUris",
  "postLogoutRedirectUris",
  "backchannelLogoutUri",
  "jwks",
  "jwksUri",
  "scopes",
  "optional",
  "minAcr",
  "mandates",
  "userinfo",
  "resources",
  "audience",
  "audienceScopes",
  "tokenFormat",
] as const;
export type ClientField = (typeof clientFields)[number];

/** One thing that cannot stand as it is. */
export interface ClientFault {
  readonly field: ClientField;
  readonly text: Localised;
}

const words = {
  needed: both("請填寫。", "Fill this in."),
  trial: both("試用", "A trial"),
  notSaid: both("尚未說明", "not said yet"),
  long: both("太長了。", "This is too long."),
  deceiving: both(
    "有看不見或會改變文字方向的字元，請拿掉。",
    "Take out characters that cannot be seen or that turn text around.",
  ),
  noUri: both("每行一個完整的網址，不能有 # 或帳號密碼。", "One whole address a line, without # or a user name."),
  https: both(
    "正式環境只能用 https。測試時可以用本機 http。",
    "Only https in production; http on your own machine while testing.",
  ),
  oneHost: both(
    "所有網址要在同一個主機。另一個主機請另外登記。",
    "All addresses must be on one host. Register another host by itself.",
  ),
  keyNeeded: both(
    "政府用的設定需要公開金鑰：貼上 JWKS，或填 JWKS 網址。",
    "The government profile needs public keys: paste a JWKS or give its address.",
  ),
  oneOfTwo: both("JWKS 和 JWKS 網址只填一個。", "Either a JWKS or its address, not both."),
  badKey: both(
    "這裡要放公開金鑰：EC P-256、Ed25519 或 2048 位元以上的 RSA，各有不同的 kid。",
    "Public keys are wanted: EC P-256, Ed25519 or RSA of at least 2048 bits, each with a kid of its own.",
  ),
  privateKey: both(
    "這裡有私密金鑰。請立刻換掉它，只貼公開的部分。",
    "There is a private key in it. Replace that key now, and paste the public part only.",
  ),
  noScope: both("目錄裡沒有這一項。", "The catalogue has no such attribute."),
  plainScope: both(
    "簡易設定只能取得姓名。要取得登記資料，請用政府用的設定。",
    "The simple profile gets the name only. For register data, use the government profile.",
  ),
  notAsked: both("可以不給的項目，必須是有要求的項目。", "What may be left out must be among what is asked for."),
  choose: both("請選擇。", "Choose one."),
  noEncryptionKey: both(
    "要加密，公開金鑰裡要有一把 EC P-256、use 是 enc 的金鑰。",
    "To encrypt, the public keys must hold an EC P-256 key whose use is enc.",
  ),
  governmentOnly: both("只有政府用的設定可以。", "The government profile only."),
  noScopeName: both(
    "範圍名稱用小寫英文字母、數字和 . : _ -。",
    "Names of scopes are lower-case letters, digits and . : _ -",
  ),
  noMandate: both("沒有這種代理關係。", "There is no such mandate."),
};

/** Controls and format characters: with them a name can look like another one on the page where people agree. */
const deceiving = /[\p{Cc}\p{Cf}]/u;

/** A form as metadata, or what is wrong with it. Pure. */
export function readClientForm(
  form: ClientForm,
  o: { readonly environment: "sandbox" | "production"; readonly catalogue: readonly Attribute[] },
): { readonly profile: "fapi" | "plain"; readonly metadata: ClientMetadata } | { readonly faults: ClientFault[] } {
  const faults: ClientFault[] = [];
  const fault = (field: ClientField, text: Localised): void => void faults.push({ field, text });
  /** A trial says what it must; what it leaves out is said for it, until somebody real reads it. */
  const text = (field: ClientField, most: number, stand: string): string => {
    const value = form[field].replace(/\s+/g, " ").trim() || (o.environment === "sandbox" ? stand : "");
    if (value === "") fault(field, words.needed);
    if (deceiving.test(value)) fault(field, words.deceiving);
    if (value.length > most) fault(field, words.long);
    return value;
  };
  const lines = (field: ClientField): string[] => form[field].split(/\s+/).filter(Boolean);
  const profile = form.profile === "plain" ? "plain" : "fapi";
  if (form.profile !== "plain" && form.profile !== "fapi") fault("profile", words.choose);

  const addresses = (field: ClientField): string[] => {
    const uris = lines(field);
    if (uris.length > 10) fault(field, words.long);
    for (const uri of uris) {
      const bad = addressFault(uri, o.environment);
      if (bad) fault(field, bad);
    }
    return uris;
  };
  const redirectUris = addresses("redirectUris");
  const [audience] = addresses("audience");
  // An API that only asks about tokens sends nobody anywhere.
  if (redirectUris.length === 0 && !audience) fault("redirectUris", words.needed);
  const hosts = new Set(redirectUris.filter((uri) => URL.canParse(uri)).map((uri) => new URL(uri).host));
  if (hosts.size > 1) fault("redirectUris", words.oneHost);
  const postLogoutRedirectUris = addresses("postLogoutRedirectUris");
  const [backchannelLogoutUri] = addresses("backchannelLogoutUri");
  const [jwksUri] = addresses("jwksUri");
  const jwks = readJwks(form.jwks, (bad) => fault("jwks", bad));
  if (jwks && jwksUri) fault("jwks", words.oneOfTwo);
  if (profile === "fapi" && !jwks && !jwksUri) fault("jwks", words.keyNeeded);

  const resources = addresses("resources");
  const audienceScopes = lines("audienceScopes");
  if (audience && audienceScopes.length === 0) fault("audienceScopes", words.needed);
  const taken = new Set(["openid", "name", "offline_access", ...o.catalogue.map(({ scope }) => scope)]);
  if (audienceScopes.some((scope) => !/^[a-z][a-z0-9.:_-]{1,40}$/.test(scope) || taken.has(scope)))
    fault("audienceScopes", words.noScopeName);
  if (profile === "plain" && (resources.length > 0 || audience)) fault("resources", words.governmentOnly);
  const encrypted = form.userinfo === "encrypted";
  const canEncrypt = jwks?.keys.some(({ kty, use }) => kty === "EC" && use === "enc") ?? jwksUri !== undefined;
  if (encrypted && !canEncrypt) fault("userinfo", words.noEncryptionKey);

  const scopes = lines("scopes");
  const known = new Set(o.catalogue.map(({ scope }) => scope));
  if (scopes.some((scope) => !known.has(scope))) fault("scopes", words.noScope);
  if (profile === "plain" && scopes.length > 0) fault("scopes", words.plainScope);
  const optional = lines("optional");
  if (optional.some((scope) => !scopes.includes(scope))) fault("optional", words.notAsked);
  const minAcr = acrOrder.find((acr) => acr === (form.minAcr || "urn:taroko:loa:low"));
  if (!minAcr) fault("minAcr", words.choose);
  const mandates = lines("mandates");
  if (mandates.some((kind) => !Object.hasOwn(mandateTitles, kind))) fault("mandates", words.noMandate);

  const legalBasis = form.legalBasis.replace(/\s+/g, " ").trim().slice(0, 200);
  if (deceiving.test(legalBasis)) fault("legalBasis", words.deceiving);

  const metadata: ClientMetadata = {
    name: both(text("nameZh", 60, form.nameEn), text("nameEn", 60, form.nameZh)),
    purpose: both(
      text("purposeZh", 200, form.purposeEn || words.trial["zh-Hant"]),
      text("purposeEn", 200, form.purposeZh || words.trial.en),
    ),
    legalBasis,
    retention: both(
      text("retentionZh", 100, form.retentionEn || words.notSaid["zh-Hant"]),
      text("retentionEn", 100, form.retentionZh || words.notSaid.en),
    ),
    redirectUris,
    postLogoutRedirectUris,
    ...(backchannelLogoutUri && { backchannelLogoutUri }),
    ...(jwks && { jwks }),
    ...(jwksUri && { jwksUri }),
    scopes,
    optional,
    minAcr: minAcr ?? ("urn:taroko:loa:low" satisfies Acr),
    mandates: mandates as MandateKind[],
    resources,
    ...(audience && {
      resource: { audience, scopes: audienceScopes, format: form.tokenFormat === "jwt" ? "jwt" : "opaque" },
    }),
    ...(encrypted && { encryptUserinfo: true }),
  };
  return faults.length > 0 ? { faults } : { profile, metadata };
}

/** The form that would say what a client's metadata says, for editing. */
export function clientFormOf(profile: "fapi" | "plain", metadata: ClientMetadata): ClientForm {
  return {
    profile,
    nameZh: metadata.name["zh-Hant"],
    nameEn: metadata.name.en,
    purposeZh: metadata.purpose["zh-Hant"],
    purposeEn: metadata.purpose.en,
    legalBasis: metadata.legalBasis,
    retentionZh: metadata.retention["zh-Hant"],
    retentionEn: metadata.retention.en,
    redirectUris: metadata.redirectUris.join("\n"),
    postLogoutRedirectUris: metadata.postLogoutRedirectUris.join("\n"),
    backchannelLogoutUri: metadata.backchannelLogoutUri ?? "",
    jwks: metadata.jwks ? JSON.stringify(metadata.jwks, null, 2) : "",
    jwksUri: metadata.jwksUri ?? "",
    scopes: metadata.scopes.join("\n"),
    optional: metadata.optional.join("\n"),
    minAcr: metadata.minAcr,
    mandates: metadata.mandates.join("\n"),
    userinfo: metadata.encryptUserinfo ? "encrypted" : "json",
    resources: metadata.resources.join("\n"),
    audience: metadata.resource?.audience ?? "",
    audienceScopes: metadata.resource?.scopes.join("\n") ?? "",
    tokenFormat: metadata.resource?.format ?? "opaque",
  };
}

function addressFault(uri: string, environment: "sandbox" | "production"): Localised | undefined {
  const url = URL.canParse(uri) ? new URL(uri) : undefined;
  if (!url || uri.includes("#") || uri.includes("*") || url.username || url.password || uri.length > 500)
    return words.noUri;
  if (url.protocol === "https:") return undefined;
  const local = url.protocol === "http:" && ["localhost", "127.0.0.1", "[::1]"].includes(url.hostname);
  return local && environment === "sandbox" ? undefined : words.https;
}

/** RFC 7517; public halves of the kinds that FAPI 2.0 allows, no others. */
function readJwks(text: string, fault: (bad: Localised) => void): ClientMetadata["jwks"] {
  if (text.trim() === "") return undefined;
  const refused = (bad: Localised): undefined => {
    fault(bad);
    return undefined;
  };
  const keys = keysIn(text);
  if (!keys || keys.length === 0 || keys.length > 5) return refused(words.badKey);
  if (keys.some((key) => ["d", "p", "q", "k"].some((secret) => secret in key))) return refused(words.privateKey);
  const kids = new Set(keys.map(({ kid }) => kid));
  const good = keys.every(
    ({ kty, crv, n, kid }) =>
      typeof kid === "string" &&
      ((kty === "EC" && crv === "P-256") ||
        (kty === "OKP" && crv === "Ed25519") ||
        (kty === "RSA" && typeof n === "string" && Buffer.from(n, "base64url").length >= 256)),
  );
  if (!good || kids.size !== keys.length) return refused(words.badKey);
  return { keys };
}

function keysIn(text: string): Record<string, unknown>[] | undefined {
  try {
    const read = JSON.parse(text) as { keys?: unknown };
    const keys = Array.isArray(read.keys) ? (read.keys as unknown[]) : [];
    return keys.every((key) => typeof key === "object" && key !== null)
      ? (keys as Record<string, unknown>[])
      : undefined;
  } catch {
    return undefined;
  }
}
