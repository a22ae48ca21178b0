import { createHash, createPublicKey, type KeyObject } from "node:crypto";
import * as client from "openid-client";
import { err, ok, randomToken, uuidV7, type Refusal, type Result } from "#kernel";
import type { Policies } from "../../authorisation/index.ts";
import { acrAtLeast } from "../../assurance.ts";
import type { Session } from "../../contract.ts";
import { deviceName } from "../../device.ts";
import type { Identity } from "../../identity.ts";
import { tokenHash } from "../../keys.ts";
import { refuse } from "../../problems.ts";
import { openSession } from "../../session.ts";
import { localPath, networkOf, signInEvent } from "../../sign-in.ts";
import { byCode, takeOffice } from "../accept.ts";
import { decideAcceptance } from "../may.ts";
import { note } from "../note.ts";
import { officeStore, type OfficeRow } from "../store.ts";
import { loginStore } from "./store.ts";
import { checkStaffProviders, configureWith, type StaffProvider } from "./staff-provider.ts";

const attemptLifeMs = 10 * 60_000;
/** An account is bound while the person's own proof is fresh. */
const freshMs = 15 * 60_000;
const codeTries = 5;

export interface StaffSignInOptions {
  readonly identity: Identity;
  readonly policies: Policies;
  readonly providers: readonly StaffProvider[];
  /** P-256; proves this site to the providers (private_key_jwt, RFC 7523). */
  readonly key: KeyObject;
  /** Where a provider's answer comes back to: its own address for each agency, so that answers cannot be mixed up. */
  redirectUri(agency: string): string;
  /** Demonstrations and tests: providers on this machine without TLS. */
  readonly allowLoopback: boolean;
  onFault(fault: unknown, agency: string): void;
}

/** What a browser brings along. */
export interface StaffVisit {
  readonly browser: string | undefined;
  readonly session: Session | undefined;
  /** The session cookie's token that this sign-in replaces. */
  readonly replaces?: string | undefined;
  readonly userAgent?: string | undefined;
  readonly address?: string | undefined;
}

export type StaffAnswer =
  | { readonly what: "signed-in"; readonly token: string; readonly next: string }
  /** The account is now the signed-in person's. */
  | { readonly what: "bound" }
  /** The account is nobody's; an invitation's code would make it somebody's. */
  | { readonly what: "code-needed" };

/** Staff signing in at their agency's own OpenID provider. */
export interface StaffSignIn {
  readonly providers: readonly StaffProvider[];
  /** The public key by which providers know this site. */
  readonly jwks: { readonly keys: readonly object[] };
  /**
   * Sends a browser to the agency's provider.
   * @param o.bind the session of the person to whom the account shall belong from now on
   */
  begin(
    agency: string,
    o: { readonly browser?: string | undefined; readonly next?: string | undefined; readonly bind?: Session },
  ): Promise<Result<{ readonly url: URL; readonly browser: string }, Refusal>>;
  /** Takes the provider's answer, once. @param url the address it came to, whole */
  finish(agency: string, url: URL, visit: StaffVisit): Promise<Result<StaffAnswer, Refusal>>;
  /** Makes the account of the answer taken before the invited person's. Five tries. */
  redeem(agency: string, code: string, visit: StaffVisit): Promise<Result<StaffAnswer, Refusal>>;
}

interface Attempt {
  readonly agency: string;
  readonly next: string;
  readonly state: string;
  readonly nonce: string;
  readonly verifier: string;
  readonly bind?: { readonly session: string; readonly office: string };
  /** Set once the provider answered for an account that is nobody's. */
  readonly account?: Account;
  readonly tries?: number;
}

/** What an answer says, as far as we believe it. */
interface Account {
  /** Keyed hash of issuer, claim and value. */
  readonly subject: string;
  readonly amr: readonly string[];
  /** Roles that the provider was to name and did not. */
  readonly withheld: readonly string[];
}

/**
 * Opens it for the providers that the site's operator names.
 * @throws `code` = `staff-provider-options` where they are not sound
 */
export function openStaffSignIn(o: StaffSignInOptions): StaffSignIn {
  const { identity, policies, providers, key } = o;
  checkStaffProviders(providers, policies.set, o);
  const jwk = createPublicKey(key).export({ format: "jwk" });
  const kid = createHash("sha256").update(String(jwk.x)).digest("base64url");
  const configure = configureWith(key, kid, o);
  const store = officeStore(identity.database);
  const logins = loginStore(identity.database);
  const providerOf = (agency: string) => providers.find((one) => one.agency === agency);

  const put = (browser: string, attempt: Attempt) => {
    const hash = tokenHash(browser);
    const until = new Date(identity.clock.now().getTime() + attemptLifeMs);
    return logins.putAttempt(hash, identity.keys.seal(JSON.stringify(attempt), hash.toString("hex")), until);
  };
  const take = async (browser: string | undefined): Promise<Attempt | undefined> => {
    if (!browser) return undefined;
    const hash = tokenHash(browser);
    const sealed = await logins.takeAttempt(hash, identity.clock.now());
    return sealed && (JSON.parse(identity.keys.open(sealed, hash.toString("hex"))) as Attempt);
  };

  return {
    providers,
    jwks: { keys: [{ ...jwk, kid, use: "sig", alg: "ES256" }] },

    async begin(agency, { browser: known, next, bind }) {
      const provider = providerOf(agency);
      if (!provider) return err(refuse("staff-provider-unavailable", "no such provider"));
      if (bind) {
        const fresh = identity.clock.now().getTime() - bind.authTime.getTime() < freshMs;
        if (bind.officeOnly || bind.acting || bind.officer?.agency !== agency) return err(refuse("not-an-officer"));
        if (!fresh || !acrAtLeast(bind.acr, "urn:taroko:loa:substantial"))
          return err(refuse("stronger-sign-in-needed"));
      }
      const browser = known && /^[\w-]{43}$/.test(known) ? known : randomToken();
      const [state, nonce, verifier] = [randomToken(), randomToken(), client.randomPKCECodeVerifier()];
      try {
        const config = await configure(provider);
        const url = client.buildAuthorizationUrl(config, {
          redirect_uri: o.redirectUri(agency),
          scope: "openid",
          state,
          nonce,
          code_challenge: await client.calculatePKCECodeChallenge(verifier),
          code_challenge_method: "S256",
          ...(provider.acrValues && { acr_values: provider.acrValues.join(" ") }),
        });
        const binding = bind && { bind: { session: bind.id, office: bind.officer!.office } };
        await put(browser, { agency, next: localPath(next ?? "/desk"), state, nonce, verifier, ...binding });
        return ok({ url, browser });
      } catch (fault) {
        o.onFault(fault, agency);
        return err(refuse("staff-provider-unavailable"));
      }
    },

    async finish(agency, url, visit) {
      const attempt = await take(visit.browser);
      const provider = providerOf(agency);
      // An answer that came to another agency's address than the one asked is somebody's mix-up (RFC 9700, section 4.4).
      if (!attempt || !provider || attempt.agency !== agency || attempt.account)
        return failed("no such attempt", visit);
      let account: Account;
      try {
        const tokens = await client.authorizationCodeGrant(
          await configure(provider),
          new URL(url.search, o.redirectUri(agency)),
          {
            expectedState: attempt.state,
            expectedNonce: attempt.nonce,
            pkceCodeVerifier: attempt.verifier,
            idTokenExpected: true,
          },
        );
        account = accountOf(provider, tokens.claims()!);
      } catch (fault) {
        o.onFault(fault, agency);
        const down = isDown(fault);
        return down ? err(refuse("staff-provider-unavailable")) : failed((fault as Error).message, visit);
      }
      if (attempt.bind) return bindAccount(provider, account, attempt.bind, visit.session);
      const held = await logins.officeOf(provider.issuer, Buffer.from(account.subject, "hex"));
      const office = held && (await store.office(held));
      if (office) return signIn(provider, account, office, attempt.next, visit);
      await put(visit.browser!, { ...attempt, account });
      return ok({ what: "code-needed" });
    },

    async redeem(agency, code, visit) {
      const attempt = await take(visit.browser);
      const provider = providerOf(agency);
      if (!attempt?.account || !provider || attempt.agency !== agency) return failed("no account to redeem for", visit);
      const row = await byCode(identity, code);
      // Without a number nobody knows whose case would be their own; such an invitation is accepted with a card.
      if (!row || row.agency !== agency || !row.invited_number || !row.invited_index) {
        const tries = (attempt.tries ?? 0) + 1;
        if (tries < codeTries) await put(visit.browser!, { ...attempt, tries });
        return err(refuse("staff-invitation-unknown"));
      }
      const person = await personInvited(row);
      const at = identity.clock.now();
      const session = { person, acr: provider.worth, authTime: at };
      const givers = await store.givers(row.id);
      const may = await decideAcceptance({ policies, session }, { office: row.id, agency, givers });
      if (!may.ok) return may;
      const taken = await takeOffice(identity, session, row);
      if (!taken.ok) return taken;
      await bind(provider, attempt.account, row.id, session);
      const office = await store.office(row.id);
      return signIn(provider, attempt.account, office!, attempt.next, visit);
    },
  };

  function accountOf(provider: StaffProvider, claims: client.IDToken): Account {
    const { subjectClaim = "sub", acrValues, roles } = provider;
    const subject = claims[subjectClaim];
    if (typeof subject !== "string" || subject === "" || subject.length > 255)
      throw new Error(`the answer has no usable ${subjectClaim}`);
    if (acrValues && !(typeof claims["acr"] === "string" && acrValues.includes(claims["acr"])))
      throw new Error("the answer's acr is not one that was asked for");
    const named = roles ? claims[roles.claim] : undefined;
    const words = Array.isArray(named) ? named : [];
    const amr = Array.isArray(claims["amr"]) ? claims["amr"].filter((one) => typeof one === "string") : [];
    return {
      subject: identity.keys.blindIndex(JSON.stringify([provider.issuer, subjectClaim, subject])).toString("hex"),
      amr: amr.slice(0, 10),
      withheld: Object.entries(roles?.words ?? {}).flatMap(([word, role]) => (words.includes(word) ? [] : [role])),
    };
  }

  async function bindAccount(
    provider: StaffProvider,
    account: Account,
    wanted: NonNullable<Attempt["bind"]>,
    session: Session | undefined,
  ): Promise<Result<StaffAnswer, Refusal>> {
    // Only the session that asked: else somebody else's answer, slipped into this browser, would open this office to them.
    if (session?.id !== wanted.session || session.officer?.office !== wanted.office)
      return err(refuse("staff-sign-in-failed", "another session"));
    const other = await logins.officeOf(provider.issuer, Buffer.from(account.subject, "hex"));
    if (other !== undefined && other !== wanted.office)
      return err(refuse("staff-sign-in-failed", "the account is somebody else's"));
    await bind(provider, account, wanted.office, session);
    return ok({ what: "bound" });
  }

  function bind(provider: StaffProvider, account: Account, office: string, by: Pick<Session, "person" | "acr">) {
    const at = identity.clock.now();
    return identity.database.transaction(async (tx) => {
      const accounts = loginStore(tx);
      await accounts.drop(office);
      if (!(await accounts.put(provider.issuer, Buffer.from(account.subject, "hex"), office, at)))
        throw Object.assign(new Error("the account was bound meanwhile"), { code: "account-bound" });
      await note(identity, tx, { office, change: "changed", steps: [{ what: "account-bound" }], by });
    });
  }

  async function signIn(
    provider: StaffProvider,
    account: Account,
    office: OfficeRow,
    next: string,
    visit: StaffVisit,
  ): Promise<Result<StaffAnswer, Refusal>> {
    const at = identity.clock.now();
    const person = office.person_id === null ? undefined : await identity.store.person(office.person_id);
    const duties = person ? await store.duties(person.id, at) : [];
    if (
      person?.status !== "active" ||
      office.agency !== provider.agency ||
      !duties.some((duty) => duty.office_id === office.id)
    )
      return err(refuse("staff-account-unknown"));
    const opened = await identity.store.transaction(async (tx) => {
      if (visit.replaces) await tx.endSessionByToken(tokenHash(visit.replaces), at);
      const credentialId = await tx.putCredential({
        id: uuidV7(at),
        personId: person.id,
        kind: "agency-account",
        fingerprint: Buffer.from(account.subject, "hex"),
        issuerFingerprint: createHash("sha256").update(provider.issuer).digest(),
        serial: provider.agency,
        notAfter: new Date(at.getTime() + 366 * 86_400_000),
        at,
      });
      const session = await openSession(identity, tx, {
        personId: person.id,
        credentialId,
        acr: provider.worth,
        amr: account.amr,
        signingCertificate: undefined,
        agentHash: visit.userAgent ? identity.keys.agentHash(visit.userAgent) : null,
        device: deviceName(visit.userAgent ?? ""),
        network: visit.address ? (networkOf(visit.address) ?? undefined) : undefined,
        office: { id: office.id, withheld: account.withheld },
      });
      await tx.putEvent({
        ...event(visit),
        person_id: person.id,
        credential_id: credentialId,
        acr: provider.worth,
        ok: true,
      });
      return session;
    });
    return ok({ what: "signed-in", token: opened.token, next });
  }

  /** The person whose number the manager typed. A name known from a card or register is not replaced by the manager's. */
  async function personInvited(row: OfficeRow): Promise<{ readonly id: string; readonly name: string }> {
    const known = await identity.store.personByIndex(row.invited_index!);
    if (known) return { id: known.id, name: known.name };
    const id = uuidV7(identity.clock.now());
    const number = identity.keys.open(row.invited_number!, row.id);
    const sealed = identity.keys.seal(number, id);
    const made = { id, sealed, index: row.invited_index!, name: row.name, at: identity.clock.now() };
    const { id: put, name } = await identity.store.putPerson(made);
    return { id: put, name };
  }

  async function failed(inside: string, visit: StaffVisit): Promise<Result<never, Refusal>> {
    await identity.store.putEvent({ ...event(visit), reason: "staff-sign-in-failed" });
    return err(refuse("staff-sign-in-failed", inside));
  }

  function event(visit: StaffVisit) {
    return { ...signInEvent(identity, visit), method: "agency-account" };
  }
}

/** Whether nobody was there to answer, as against an answer that does not hold. */
function isDown(fault: unknown): boolean {
  const { name, code, cause } = fault as { name?: string; code?: string; cause?: { status?: number } };
  const silent =
    name === "TimeoutError" || code === "OAUTH_TIMEOUT" || (fault instanceof TypeError && code === undefined);
  return silent || (code === "OAUTH_RESPONSE_IS_NOT_CONFORM" && (cause?.status ?? 0) >= 500);
}
