import type { Localised } from "#kernel";

/** Who notices a fault: the OpenID library at the relying party, the person at the provider, or only the relying party's own code. */
export type Noticed = "library" | "person" | "own code";

interface FaultEntry {
  readonly title: Localised;
  readonly noticed: Noticed;
  /** What is seen: what a library says, or what to look at. */
  readonly seen: string;
}

export type FaultName =
  | "ocsp-down"
  | "ocsp-stale"
  | "ocsp-revoked"
  | "ocsp-unknown"
  | "slow"
  | "token-500"
  | "id-token-expired"
  | "id-token-issuer"
  | "id-token-nonce"
  | "clock-skew"
  | "consent-refused"
  | "level-too-low"
  | "level-lowered"
  | "mandate-revoked"
  | "userinfo-partial"
  | "logout-lost";

/** Everything that can be made to go wrong for one relying party. The names are stable. */
export const faults: Readonly<Record<FaultName, FaultEntry>> = {
  "ocsp-down": {
    title: { "zh-Hant": "發卡機關的查驗服務沒有回應", en: "The card authority's responder is down" },
    noticed: "person",
    seen: "`revocation-unavailable`: nobody can sign in by card",
  },
  "ocsp-stale": {
    title: { "zh-Hant": "查驗服務給的是過期的回答", en: "The responder gives an answer that is too old" },
    noticed: "person",
    seen: "`revocation-unavailable`",
  },
  "ocsp-revoked": {
    title: { "zh-Hant": "卡片剛被廢止", en: "The card has just been revoked" },
    noticed: "person",
    seen: "`card-revoked`",
  },
  "ocsp-unknown": {
    title: { "zh-Hant": "發卡機關不認得這張卡", en: "The card authority does not know the card" },
    noticed: "person",
    seen: "`card-revoked`",
  },
  slow: {
    title: { "zh-Hant": "回應很慢（8 秒）", en: "Token endpoint and userinfo take 8 s" },
    noticed: "library",
    seen: "a time-out, if yours is shorter than 8 s",
  },
  "token-500": {
    title: { "zh-Hant": "權杖端點故障（500）", en: "The token endpoint fails with 500" },
    noticed: "library",
    seen: "status 500, `server_error`",
  },
  "id-token-expired": {
    title: { "zh-Hant": "ID 權杖已過期", en: "The ID token has expired" },
    noticed: "library",
    seen: "`exp` is in the past",
  },
  "id-token-issuer": {
    title: { "zh-Hant": "ID 權杖的簽發者不對", en: "The ID token names another issuer" },
    noticed: "library",
    seen: "`iss` is unexpected",
  },
  "id-token-nonce": {
    title: { "zh-Hant": "ID 權杖的 nonce 不對", en: "The ID token has another nonce" },
    noticed: "library",
    seen: "`nonce` is unexpected",
  },
  "clock-skew": {
    title: { "zh-Hant": "伺服器時鐘快 70 秒", en: "The provider's clock is 70 s ahead" },
    noticed: "library",
    seen: "`nbf` is in the future; `iat`, `auth_time` and `exp` are 70 s ahead too",
  },
  "consent-refused": {
    title: { "zh-Hant": "本人不同意提供", en: "The person declines" },
    noticed: "library",
    seen: "the error `access_denied`",
  },
  "level-too-low": {
    title: { "zh-Hant": "達不到要求的保證等級", en: "The person cannot reach the level asked for" },
    noticed: "library",
    seen: "the error `unmet_authentication_requirements`",
  },
  "level-lowered": {
    title: { "zh-Hant": "登入成功，但保證等級較低", en: "The sign-in succeeds at a lower level than asked for" },
    noticed: "own code",
    seen: "`acr` is `urn:taroko:loa:low`; compare it with what you need",
  },
  "mandate-revoked": {
    title: { "zh-Hant": "登入後代理權被撤銷", en: "The mandate is revoked after the sign-in" },
    noticed: "library",
    seen: "401 `invalid_token` from userinfo",
  },
  "userinfo-partial": {
    title: { "zh-Hant": "部分資料取不到", en: "Some attributes cannot be had" },
    noticed: "own code",
    seen: "`unavailable` lists them with a reason and when to retry",
  },
  "logout-lost": {
    title: { "zh-Hant": "登出通知送不到", en: "Back-channel logout does not arrive" },
    noticed: "own code",
    seen: "no logout token; end your sessions by yourself as well",
  },
};

export const faultNames: readonly FaultName[] = Object.keys(faults) as FaultName[];

/** Milliseconds of the slow answer. */
export const slowMs = 8_000;

/** Which faults are switched on, by client; `*` is every client. Gone when the process ends. */
export interface FaultSwitches {
  has(client: string | undefined, fault: FaultName): boolean;
  of(client: string): readonly FaultName[];
  set(client: string, on: readonly FaultName[]): void;
}

export function faultSwitches(): FaultSwitches {
  const on = new Map<string, ReadonlySet<FaultName>>();
  return {
    has: (client, fault) => (client !== undefined && on.get(client)?.has(fault)) || on.get("*")?.has(fault) === true,
    of: (client) => [...(on.get(client) ?? [])],
    set: (client, names) => void on.set(client, new Set(names)),
  };
}
