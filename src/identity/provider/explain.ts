import type { KoaContextWithOIDC } from "oidc-provider";
import type { FailureRow } from "./store.ts";

type Check = FailureRow["checks"][number];
type Json = Readonly<Record<string, unknown>>;

/** Which claims of a client's own assertion and DPoP proof are as they must be. Nothing of a person stands in either. */
export function explainRequest(ctx: KoaContextWithOIDC, o: { issuer: string; at: Date }): Check[] {
  const assertion = ctx.oidc.params?.["client_assertion"] ?? ctx.oidc.body?.["client_assertion"];
  const proof = ctx.get("dpop");
  return [
    ...(typeof assertion === "string"
      ? explainAssertion(assertion, { ...o, clientId: ctx.oidc.client?.clientId })
      : []),
    ...(proof ? explainProof(proof, { ...o, method: ctx.method, url: `${o.issuer}${ctx.path}` }) : []),
  ];
}

/** RFC 7523 section 3, as FAPI 2.0 narrows it: one audience, the issuer. Signatures are the library's to judge. */
export function explainAssertion(
  jwt: string,
  { issuer, at, clientId }: { issuer: string; at: Date; clientId: string | undefined },
): Check[] {
  const read = decoded(jwt);
  if (!read) return [{ what: "client_assertion: a JWT", ok: false, found: "no JWT" }];
  const { header, payload } = read;
  const now = at.getTime() / 1000;
  const say = (what: string, ok: boolean, found: unknown): Check => ({
    what: `client_assertion: ${what}`,
    ok,
    found: shown(found),
  });
  return [
    say(
      "alg is ES256, PS256 or EdDSA",
      ["ES256", "PS256", "EdDSA", "Ed25519"].includes(String(header["alg"])),
      header["alg"],
    ),
    say(`iss is ${clientId}`, payload["iss"] === clientId, payload["iss"]),
    say(`sub is ${clientId}`, payload["sub"] === clientId, payload["sub"]),
    say(`aud is ${issuer}`, payload["aud"] === issuer, payload["aud"]),
    say("exp is ahead", Number(payload["exp"]) > now - 15, payload["exp"]),
    say("exp is at most an hour ahead", Number(payload["exp"]) < now + 3_600, payload["exp"]),
    say("iat is not ahead", payload["iat"] === undefined || Number(payload["iat"]) < now + 15, payload["iat"]),
    say("jti is there, and new each time", typeof payload["jti"] === "string", payload["jti"]),
  ];
}

/** RFC 9449 section 4.3. */
export function explainProof(jwt: string, { at, method, url }: { at: Date; method: string; url: string }): Check[] {
  const read = decoded(jwt);
  if (!read) return [{ what: "DPoP: a JWT", ok: false, found: "no JWT" }];
  const { header, payload } = read;
  const say = (what: string, ok: boolean, found: unknown): Check => ({
    what: `DPoP: ${what}`,
    ok,
    found: shown(found),
  });
  return [
    say("typ is dpop+jwt", header["typ"] === "dpop+jwt", header["typ"]),
    say(
      "alg is ES256, PS256 or EdDSA",
      ["ES256", "PS256", "EdDSA", "Ed25519"].includes(String(header["alg"])),
      header["alg"],
    ),
    say("jwk is a public key", isPublic(header["jwk"]), header["jwk"] === undefined ? undefined : "a key"),
    say(`htm is ${method}`, payload["htm"] === method, payload["htm"]),
    say(`htu is ${url}`, payload["htu"] === url, payload["htu"]),
    say("iat is within five minutes", Math.abs(Number(payload["iat"]) - at.getTime() / 1000) < 300, payload["iat"]),
    say("jti is there, and new each time", typeof payload["jti"] === "string", payload["jti"]),
  ];
}

function decoded(jwt: string): { header: Json; payload: Json } | undefined {
  try {
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString()) as Json;
    const [header, payload] = jwt.split(".").slice(0, 2).map(read);
    return header && payload ? { header, payload } : undefined;
  } catch {
    return undefined;
  }
}

function isPublic(jwk: unknown): boolean {
  return typeof jwk === "object" && jwk !== null && "kty" in jwk && !("d" in jwk) && !("k" in jwk);
}

function shown(value: unknown): string {
  return value === undefined ? "—" : (JSON.stringify(value) ?? "—").slice(0, 200);
}
