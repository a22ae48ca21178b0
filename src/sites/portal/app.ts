import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { logRoutes } from "#ledger";
import { clientWentAway, securityHeaders } from "#http";
import { randomToken } from "#kernel";
import { problemPage } from "#ui";
import { accountRoutes } from "./account-routes.ts";
import { agreementRoutes } from "./agreement-routes.ts";
import { applicationRoutes } from "./application-routes.ts";
import { applyRoutes } from "./apply-routes.ts";
import { clientRoutes } from "./client-routes.ts";
import { dataUseRoutes } from "./data-use-routes.ts";
import { deskRoutes } from "./desk-routes.ts";
import { feeDeskRoutes } from "./fee-desk-routes.ts";
import { feeRoutes } from "./fee-routes.ts";
import { dutyRoutes } from "./duty-routes.ts";
import { siteProblems } from "./problems.ts";
import type { PortalContext } from "./portal-site.ts";
import { mandateRoutes } from "./mandate-routes.ts";
import { officeRoutes } from "./office-routes.ts";
import { passkeyRoutes } from "./passkey-routes.ts";
import { myPaymentRoutes } from "./my-payment-routes.ts";
import { paymentBatchRoutes } from "./payment-batch-routes.ts";
import { paymentActRoutes } from "./payment-act-routes.ts";
import { paymentApiPath, paymentApiRoutes } from "./payment-api-routes.ts";
import { paymentRoutes } from "./payment-routes.ts";
import { reconcileRoutes } from "./payment-reconcile-routes.ts";
import { policyRoutes } from "./policy-routes.ts";
import { providerRoutes } from "./provider-routes.ts";
import { publicRoutes } from "./public-routes.ts";
import { chromeOf, sendRefusal } from "./reply.ts";
import { cookieNames, formLimit, readVisit, type PortalEnv } from "./request.ts";
import { recordRoutes } from "./record-routes.ts";
import { ruleDraftRoutes } from "./rule-draft-routes.ts";
import { ruleRoutes } from "./rule-routes.ts";
import { letterRoutes, signatureRoutes } from "./signature-routes.ts";
import { signDocumentRoutes } from "./sign-document-routes.ts";
import { signRoutes } from "./sign-routes.ts";
import { signInRoutes } from "./sign-in-routes.ts";
import { staffSignInRoutes } from "./staff-sign-in-routes.ts";
import { stepUpRoutes } from "./step-up.ts";

/** The portal over HTTP: pages for people, files for verifiers. Testable by `app.request()` without a socket. */
export function portalApp(context: PortalContext): Hono<PortalEnv> {
  const { options, portal } = context;
  const names = cookieNames(options.origin);
  const formTargets = [
    options.readerUrl,
    ...portal.fees.providers.map(({ origin }) => origin),
    ...context.staff.providers.map(({ issuer }) => issuer),
  ];
  const headers = securityHeaders({
    https: names.secure,
    formTargets: formTargets.map((url) => new URL(url).origin),
  });
  const log = logRoutes(portal.log, "/log/");
  const app = new Hono<PortalEnv>();

  app.use(async (c, next) => {
    await next();
    for (const [name, value] of Object.entries(headers)) if (!c.res.headers.has(name)) c.res.headers.set(name, value);
  });
  if (options.demonstration)
    app.use(async (c, next) => {
      // Passkeys and the reader know the portal by its name; who opened the bare address goes on under the name.
      const asked = new URL(c.req.url);
      const named = new URL(options.origin);
      const page = c.req.method === "GET" && (c.req.header("accept") ?? "").includes("text/html");
      if (!page || named.hostname !== "localhost" || asked.hostname !== "127.0.0.1") return next();
      return c.redirect(named.origin + asked.pathname + asked.search, 302);
    });
  app.get("/healthz", (c) => c.json({ status: "ok" }));
  app.get("/log/*", (c) => log(c.req.raw));
  const { paymentApi } = context;
  if (paymentApi)
    app.route(
      paymentApiPath,
      paymentApiRoutes(paymentApi.api, {
        problemBase: options.origin,
        keys: () => paymentApi.keys(),
        soon: () => paymentApi.soon(),
        onFault: ({ message, stack }) => options.logger.error({ fault: message, stack }, "fault in the payments API"),
      }),
    );
  app.use(async (c, next) => {
    c.set("visit", await readVisit(c, portal.identity, names));
    // No address of ours has a NUL, and no text column takes one.
    if (c.req.url.includes("%00")) c.res = await sendRefusal(context, c, { code: "page-unknown" });
    else await next();
    // What a signed-in person sees is kept by nobody; the rest is asked for anew, since it depends on the language.
    if (!c.res.headers.has("Cache-Control"))
      c.res.headers.set("Cache-Control", c.var.visit.session ? "no-store" : "no-cache");
  });
  app.route("/", signatureRoutes(context));
  app.route("/", signDocumentRoutes(context));
  app.route("/", ruleDraftRoutes(context));
  app.use(bodyLimit({ maxSize: formLimit, onError: (c) => sendRefusal(context, c, { code: "form-too-large" }) }));
  app.route("/", publicRoutes(context));
  app.route("/", recordRoutes(context));
  app.route("/", signInRoutes(context, names));
  app.route("/", passkeyRoutes(context, names));
  app.route("/", stepUpRoutes(context));
  app.route("/", providerRoutes(context, names));
  app.route("/", clientRoutes(context));
  app.route("/", applyRoutes(context));
  app.route("/", signRoutes(context));
  app.route("/", letterRoutes(context));
  app.route("/", applicationRoutes(context));
  app.route("/", dataUseRoutes(context));
  app.route("/", agreementRoutes(context));
  app.route("/", accountRoutes(context));
  app.route("/", mandateRoutes(context));
  app.route("/", staffSignInRoutes(context, names));
  app.route("/", dutyRoutes(context));
  app.route("/", officeRoutes(context));
  app.route("/", myPaymentRoutes(context));
  app.route("/", reconcileRoutes(context));
  app.route("/", paymentBatchRoutes(context));
  app.route("/", paymentRoutes(context));
  app.route("/", paymentActRoutes(context));
  app.route("/", feeRoutes(context));
  app.route("/", feeDeskRoutes(context));
  app.route("/", deskRoutes(context));
  app.route("/", ruleRoutes(context));
  app.route("/", policyRoutes(context));
  app.notFound((c) => sendRefusal(context, c, { code: "page-unknown" }));
  app.onError((fault, c) => {
    if (clientWentAway(c.req.raw, fault)) {
      options.logger.info({ method: c.req.method }, "the client went away");
      return c.body(null, 400);
    }
    const reference = randomToken(6);
    options.logger.error(
      { reference, fault: fault.message, code: (fault as { code?: string }).code, stack: fault.stack },
      "fault",
    );
    for (const [name, value] of Object.entries(headers)) c.header(name, value);
    const page = problemPage(
      { code: "internal", entry: siteProblems.internal, reference },
      c.var.visit?.lang ?? "zh-Hant",
      chromeOf(c),
    );
    return c.html(page as string, 500);
  });
  return app;
}
