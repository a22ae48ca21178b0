import type { KeyObject } from "node:crypto";
import * as client from "openid-client";
import { judge, type PolicySet } from "../../authorisation/index.ts";
import type { Acr } from "../../contract.ts";

/** An agency's own OpenID provider, as the site's operator names it. */
export interface StaffProvider {
  readonly agency: string;
  /** Its issuer identifier, `https:`; everything else is learnt from there (OpenID Connect Discovery 1.0). */
  readonly issuer: string;
  readonly clientId: string;
  /** The claim that names a person there for ever; `sub` unless told. Never an address, name or login that is given to another. */
  readonly subjectClaim?: string;
  /** What a sign-in there is worth here. */
  readonly worth: Exclude<Acr, "urn:taroko:loa:high">;
  /** Values of `acr` of which an answer must bear one. */
  readonly acrValues?: readonly string[];
  /**
   * Roles that count in such a session only while the provider names them too: a claim with a list, and which of its words
   * stands for which role. It never gives a role that the agency's managers did not give.
   */
  readonly roles?: { readonly claim: string; readonly words: Readonly<Record<string, string>> };
}

/** Claims that say how to reach somebody, or what they are called, and pass from one person to the next. */
const notSubjects = /^(?:email|e-mail|mail|upn|name|nickname|preferred_username|phone_number|unique_name)$/i;
const metadataLifeMs = 10 * 60_000;
/** Seconds that a provider has to answer. */
const patience = 5;

/**
 * Checks what the operator says of the agencies' providers.
 * @throws `code` = `staff-provider-options`; the message says which provider and why
 */
export function checkStaffProviders(
  providers: readonly StaffProvider[],
  policies: PolicySet,
  o: { readonly allowLoopback: boolean },
): void {
  const faults = providers.flatMap((provider, at) => {
    const { agency, issuer, subjectClaim = "sub", worth, roles } = provider;
    const url = URL.canParse(issuer) ? new URL(issuer) : undefined;
    const secure = url?.protocol === "https:" || (o.allowLoopback && url?.hostname === "127.0.0.1");
    const twice = providers.findIndex((one) => one.agency === agency) !== at;
    return [
      ...(secure ? [] : [`${agency}: the issuer must be an https address`]),
      ...(twice ? [`${agency}: one provider for each agency`] : []),
      ...(notSubjects.test(subjectClaim) ? [`${agency}: ${subjectClaim} does not name a person for ever`] : []),
      ...((worth as Acr) === "urn:taroko:loa:high" ? [`${agency}: worth substantial at most`] : []),
      ...Object.values(roles?.words ?? {})
        .filter((role) => takesTwo(policies, agency, role))
        .map((role) => `${agency}: ${role} takes two managers, so no provider may have a say in it`),
    ];
  });
  if (faults.length > 0) throw Object.assign(new Error(faults.join("; ")), { code: "staff-provider-options" });
}

/** Whether policies want a second manager for a role: what a manager may not give alone. */
function takesTwo(policies: PolicySet, agency: string, role: string): boolean {
  const place = { type: "Agency", id: agency };
  const person = { type: "Person", id: "manager" };
  const attributes = { person, agency: place, roles: ["staff-manager"], related: [] };
  const post = { agency: place, role, ofOperator: true, givers: [] };
  const now = new Date();
  const judged = judge(
    policies,
    {
      principal: { type: "Official", id: "manager", attributes },
      action: "staff:give",
      resource: { type: "Post", id: role, attributes: post },
      proof: { acr: "urn:taroko:loa:high", authTime: now },
    },
    now,
  );
  return judged.reason === "second-manager-needed";
}

/** What one asks an agency's provider by; its keys are read anew each time, so that they may be changed at any time. */
export type Configure = (provider: StaffProvider) => Promise<client.Configuration>;

/** Makes configurations, with what discovery said kept for ten minutes. */
export function configureWith(key: KeyObject, kid: string, o: { readonly allowLoopback: boolean }): Configure {
  const known = new Map<string, { readonly server: client.ServerMetadata; readonly until: number }>();
  return async (provider) => {
    const auth = client.PrivateKeyJwt({
      key: key.toCryptoKey({ name: "ECDSA", namedCurve: "P-256" }, false, ["sign"]) as CryptoKey,
      kid,
    });
    const metadata = {};
    const insecure = o.allowLoopback && new URL(provider.issuer).protocol === "http:";
    const kept = known.get(provider.agency);
    const execute = insecure ? [client.allowInsecureRequests] : [];
    const server =
      kept && kept.until > Date.now()
        ? kept.server
        : (
            await client.discovery(new URL(provider.issuer), provider.clientId, metadata, auth, {
              execute,
              timeout: patience,
            })
          ).serverMetadata();
    // A page of ours may send forms to the provider's origin only, so that is where signing in must be.
    if (new URL(server.authorization_endpoint ?? "").origin !== new URL(provider.issuer).origin)
      throw new Error("the authorization endpoint is not at the issuer's origin");
    if (kept?.server !== server) known.set(provider.agency, { server, until: Date.now() + metadataLifeMs });
    const config = new client.Configuration(server, provider.clientId, metadata, auth);
    config.timeout = patience;
    // The signature of the ID token is checked too, not the connection to the token endpoint alone.
    client.enableNonRepudiationChecks(config);
    if (insecure) client.allowInsecureRequests(config);
    return config;
  };
}
