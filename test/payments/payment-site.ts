import { createHash } from "node:crypto";
import { after } from "node:test";
import { Hono } from "hono";
import { taiwan } from "#countries/taiwan";
import { formKey, release, type Portal } from "#flows";
import { listen } from "#http";
import { appointOfficer, openIdentity, openPolicies, registerPerson } from "#identity";
import { fixedClock, randomToken, toHex, uuidV7 } from "#kernel";
import { collectStatuses, deliverFiles, grantEntitlement, makeFile, openPayments, paymentFor } from "#payments";
import { act, migrateServices, openCase, startCase, type Actor } from "#services";
import { portalKinds } from "../../src/sites/log-kinds.ts";
import { testDatabase } from "#store/testing";
import { assets, both } from "#ui";
import { bankChannel, createBank, ownerChannel } from "../../demo/bank/index.ts";
import { tokenHash } from "../../src/identity/keys.ts";
import { someLog } from "../../src/ledger/testing.ts";
import { myPaymentRoutes } from "../../src/sites/portal/my-payment-routes.ts";
import { paymentBatchRoutes } from "../../src/sites/portal/payment-batch-routes.ts";
import { paymentActRoutes } from "../../src/sites/portal/payment-act-routes.ts";
import { reconcileRoutes } from "../../src/sites/portal/payment-reconcile-routes.ts";
import { paymentRoutes } from "../../src/sites/portal/payment-routes.ts";
import type { PortalContext } from "../../src/sites/portal/portal-site.ts";
import { cookieNames, readVisit, type PortalEnv } from "../../src/sites/portal/request.ts";

const definition = taiwan.services[0]!;

/** Somebody with a browser of their own. */
export interface Someone {
  readonly id: string;
  readonly name: string;
  readonly cookie: string;
  readonly csrf: string;
}

/** The pages of payments over HTTP, with a bank that answers, on a database of their own. */
export interface PaymentSite {
  readonly origin: string;
  readonly portal: Portal;
  readonly clock: ReturnType<typeof fixedClock>;
  /** A person of the demonstration range, signed in; with roles, on duty for the agency that pays. */
  person(name: string, roles?: readonly string[], o?: { readonly acr?: "substantial" | "low" }): Promise<Someone>;
  /** A case of this person that was approved by `officer`; its account has this ending. */
  approved(
    person: Someone,
    officer: Someone,
    ending: string,
  ): Promise<{ readonly number: string; readonly caseId: string }>;
  /** The same, released by `approver` too. */
  released(
    person: Someone,
    officer: Someone,
    approver: Someone,
    ending: string,
  ): Promise<{ readonly number: string; readonly caseId: string }>;
  /** Files are made, sent and answered. */
  settle(): Promise<void>;
  payment(number: string): Promise<{ readonly id: string; readonly entitlement: string; readonly state: string }>;
  get(
    path: string,
    who?: Someone,
    lang?: "en" | "zh-Hant",
  ): Promise<{ status: number; body: string; location: string }>;
  post(
    path: string,
    who: Someone,
    form: Readonly<Record<string, string>>,
    lang?: "en" | "zh-Hant",
  ): Promise<{ status: number; body: string; location: string }>;
}

export async function paymentSite(): Promise<PaymentSite> {
  const clock = fixedClock("2026-11-23T02:00:00Z");
  const database = await testDatabase();
  const bank = await listen((await createBank({ database: await testDatabase(), clock, slowMs: 0 })).fetch, {
    host: "127.0.0.1",
    port: 0,
    option: "--bank",
  });
  after(() => bank.close());
  let app = new Hono<PortalEnv>();
  const server = await listen((request, caller) => app.fetch(request, { caller }), {
    host: "127.0.0.1",
    port: 0,
    option: "--port",
  });
  after(() => server.close());
  const origin = server.url;
  await migrateServices(database);
  const identity = await openIdentity({
    database,
    clock,
    siteSecret: new Uint8Array(32).fill(7),
    origin,
    trustedIssuers: [],
    country: "TW",
  });
  const log = await someLog().open(database, { kinds: portalKinds, personSecret: new Uint8Array(32).fill(3), clock });
  log.start();
  after(() => log.stop());
  const member = "TW/GOV/MODA";
  const payments = await openPayments({
    database,
    clock,
    banking: taiwan.banking,
    payer: {
      agencyName: "臺北市政府社會局",
      organisationId: "TPE-DOSW",
      accountName: "臺北市市庫",
      account: { institution: "0120009", number: "00000000001234" },
    },
    log: { log, member },
  });
  const portal = {
    database,
    clock,
    country: taiwan,
    log,
    member,
    identity,
    payments,
    models: new Map(),
    policies: openPolicies({
      database,
      clock,
    }),
    bank: bankChannel(bank.url),
    owners: ownerChannel(bank.url),
  } as unknown as Portal;
  const context = {
    portal,
    settleSoon: () => undefined,
    options: {
      origin,
      demonstration: true,
      logger: { info() {}, warn() {}, error() {} },
      operator: { agency: "moda" },
    },
  } as unknown as PortalContext;
  const names = cookieNames(origin);
  app = new Hono<PortalEnv>();
  app.get("/assets/*", (c) => {
    const file = assets().find(new URL(c.req.url).pathname);
    return file ? c.body(Buffer.from(file.bytes), 200, { "Content-Type": file.contentType }) : c.notFound();
  });
  app.get("/language", (c) => {
    c.header("Set-Cookie", `taroko-lang=${c.req.query("to") ?? ""}; Path=/`);
    return c.redirect(c.req.query("back") ?? "/", 303);
  });
  app.use(async (c, next) => {
    c.set("visit", await readVisit(c, identity, names));
    await next();
  });
  app.route("/", myPaymentRoutes(context));
  app.route("/", reconcileRoutes(context));
  app.route("/", paymentBatchRoutes(context));
  app.route("/", paymentRoutes(context));
  app.route("/", paymentActRoutes(context));
  app.onError((fault, c) => {
    console.error(fault);
    return c.text(fault.message, 500);
  });

  let serial = 100;
  const ask = async (path: string, init: RequestInit) => {
    const answer = await fetch(new URL(path, origin), { redirect: "manual", ...init });
    return { status: answer.status, body: await answer.text(), location: answer.headers.get("location") ?? "" };
  };
  const headersOf = (who: Someone | undefined, lang: string) => ({
    accept: "text/html",
    "accept-language": lang,
    ...(who && { cookie: who.cookie }),
  });
  const site: PaymentSite = {
    origin,
    portal,
    clock,
    async person(name, roles, { acr = "substantial" } = {}) {
      serial += 1;
      const nationalId = `A7${String(serial).padStart(8, "0")}`;
      const { id } = await registerPerson(identity, { nationalId, name });
      const office = roles
        ? (await appointOfficer(identity, { personId: id, agency: "taipei-social", roles: [...roles] })).office
        : undefined;
      const at = clock.now();
      const bytes = Buffer.from(id);
      const credentialId = await identity.store.putCredential({
        id: uuidV7(at),
        personId: id,
        kind: "card",
        fingerprint: bytes,
        issuerFingerprint: bytes,
        serial: id,
        at,
        notAfter: new Date(at.getTime() + 9e9),
      });
      const token = randomToken();
      const csrf = randomToken();
      await identity.store.putSession({
        id: uuidV7(at),
        tokenHash: tokenHash(token),
        personId: id,
        credentialId,
        csrf,
        at,
        acr: `urn:taroko:loa:${acr}`,
        amr: [],
        sealedCertificate: null,
        agentHash: null,
        ...(office !== undefined && {
          office: {
            id: office,
            withheld: [],
          },
        }),
        expiresAt: new Date(at.getTime() + 288e5),
      });
      return { id, name, csrf, cookie: `${names.session}=${token}` };
    },
    async approved(person, officer, ending) {
      serial += 1;
      const number = `AT-115-${String(serial).padStart(6, "0")}`;
      const me = { person: person.id, name: person.name };
      const actor: Actor = { ...me, role: "applicant" };
      const draft = await startCase(portal, definition, actor, { principal: me, applicant: me, mandate: null });
      const facts = definition.dataNeeds.map((need) => ({
        need: need.id,
        values: Object.fromEntries(need.fields.map(({ path }) => [path, null])),
        agency: both("衛生福利部", "Ministry of Health and Welfare"),
        service: "TW/GOV/MOHW/example",
        fetchedAt: clock.now().toISOString(),
        exchangeId: uuidV7(clock.now()),
      }));
      const base = { caseId: draft.id, actor };
      const done = [
        await act(portal, { ...base, event: "consented", input: { consentId: uuidV7() }, idempotencyKey: "c" }),
        await act(portal, {
          ...base,
          event: "facts-added",
          actor: { person: null, name: "system", role: "system" },
          input: { facts },
          idempotencyKey: "f",
        }),
        await act(portal, {
          ...base,
          event: "answered",
          input: {
            answers: {
              device: "walker",
              bought: false,
              account: { institution: "7000021", account: `0001234056${ending}` },
            },
          },
          idempotencyKey: "a",
        }),
      ];
      const ruling = {
        eligible: true,
        amount: 600,
        lines: [
          { label: both("基準表上限", "Cap of the schedule"), value: both("800 元", "NT$800") },
          { label: both("兩年內不超過 4 項", "At most 4 devices in two years"), value: both("", ""), ok: true },
        ],
        model: {
          id: definition.decision.model,
          version: "3",
          hash: toHex(createHash("sha256").update("model").digest()),
          name: both("輔具補助", "Assistive-device subsidy"),
        },
      };
      done.push(
        await act(portal, {
          ...base,
          event: "submitted",
          input: { number, signature: "jws", payloadHash: "p", ruling, dueAt: "2026-12-02T00:00:00.000Z" },
          idempotencyKey: "s",
        }),
      );
      const failed = done.find((one) => !one.ok);
      if (failed && !failed.ok) throw new Error(failed.error.code);
      // As `approve` of flows does it, with a ruling that needs no register.
      const approval = await act(portal, {
        caseId: draft.id,
        event: "approved",
        actor: { person: officer.id, name: officer.name, role: "caseworker" },
        input: { ruling },
        idempotencyKey: "ok",
        effects: [
          async (tx, state) => {
            const granted = await grantEntitlement(
              payments,
              {
                caseRef: number,
                payee: { name: person.name, account: { institution: "7000021", number: `0001234056${ending}` } },
                amount: 600n,
                purpose: { code: "SSBE", text: "輔具補助" },
                decisionHash: state.head,
                factsHash: toHex(createHash("sha256").update("facts").digest()),
                approvedBy: officer.id,
              },
              tx,
            );
            if (!granted.ok) throw new Error(granted.error.code);
          },
        ],
      });
      if (!approval.ok) throw new Error(approval.error.code);
      return { number, caseId: draft.id };
    },
    async released(person, officer, approver, ending) {
      const made = await site.approved(person, officer, ending);
      const { state } = (await openCase(database, made.caseId))!;
      const done = await release(portal, {
        caseId: made.caseId,
        actor: { person: approver.id, name: approver.name, role: "approver" },
        expectedSeq: state.seq,
        idempotencyKey: formKey(made.caseId, "release", state.seq),
        binding: (await paymentFor(payments, made.number))!.binding,
      });
      if (!done.ok) throw new Error(done.error.code);
      return made;
    },
    async settle() {
      await makeFile(payments);
      await deliverFiles(payments, portal.bank);
      await collectStatuses(payments, portal.bank);
    },
    async payment(number) {
      const view = (await paymentFor(payments, number))!;
      return { id: view.instructionId, entitlement: view.entitlementId, state: view.state };
    },
    get: (path, who, lang = "en") => ask(path, { headers: headersOf(who, lang) }),
    post: (path, who, form, lang = "en") =>
      ask(path, {
        method: "POST",
        headers: headersOf(who, lang),
        body: new URLSearchParams({ csrf: who.csrf, ...form }),
      }),
  };
  return site;
}
