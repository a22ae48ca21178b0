import { Hono, type Context } from "hono";
import { feeOfCase, ruleOn, settleFees, startOfDay } from "#flows";
import { sealedLetter, type Session } from "#identity";
import { isUuid } from "#kernel";
import {
  askProvider,
  beginPayment,
  eventsOf,
  listFees,
  receiveNotice,
  stopPayment,
  viewFee,
  type FeeView,
} from "#payments";
import { feePaths, myFeePage, myFeesPage } from "#payments/pages";
import { caseByNumber, openCase } from "#services";
import { both } from "#ui";
import type { OpenCase } from "./desk-case.ts";
import { feeReceiptLetter, providedLetter } from "./fee-letters.ts";
import { explained } from "./journey.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage, sendRefusal, signedIn } from "./reply.ts";
import { ownForm, readForm, type PortalEnv } from "./request.ts";

const onAPage = 10;

/** A person's fees: what they owe, paying it at a provider, what came of it, the receipt; and what providers notify. */
export function feeRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal, options } = context;
  const { fees, database, country } = portal;
  const routes = new Hono<PortalEnv>();
  type C = Context<PortalEnv>;
  interface Own {
    readonly session: Session;
    readonly view: FeeView;
  }

  // Signed by the provider; no session and no token could be asked of it.
  routes.post(`${feePaths.notify}/:provider`, async (c) => {
    const headers = Object.fromEntries(c.req.raw.headers);
    const read = await receiveNotice(fees, { provider: c.req.param("provider"), headers, body: await c.req.text() });
    if (!read.ok) return sendRefusal(context, c, read.error);
    context.settleSoon();
    return c.json({ outcome: read.value.outcome });
  });

  routes.get(feePaths.mine, async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const number = Math.min(100_000, Math.max(1, Math.trunc(Number(c.req.query("page") ?? 1)) || 1));
    const { fees: lines, total } = await listFees(fees, session.person.id, { size: onAPage, number });
    const pages = {
      page: number,
      pages: Math.max(1, Math.ceil(total / onAPage)),
      href: (to: number) => `${feePaths.mine}?page=${to}`,
    };
    return sendPage(c, myFeesPage({ fees: lines, pages }, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(`${feePaths.mine}/:fee`, async (c) => {
    const own = await ownFee(c);
    return own instanceof Response ? own : sendFee(c, own);
  });

  // The browser is back from the provider. That proves nothing, so the provider is asked, and a reload asks nothing more.
  routes.get(`${feePaths.mine}/:fee/back`, async (c) => {
    const own = await ownFee(c);
    if (own instanceof Response) return own;
    await lookAgain(own.view);
    return goTo(c, `${feePaths.mine}/${own.view.fee.id}`);
  });

  routes.post(`${feePaths.mine}/:fee/look`, async (c) => {
    const own = await posted(c);
    if (own instanceof Response) return own;
    await lookAgain(own.view);
    return goTo(c, `${feePaths.mine}/${own.view.fee.id}`);
  });

  routes.post(`${feePaths.mine}/:fee/pay`, async (c) => {
    const own = await posted(c);
    if (own instanceof Response) return own;
    const { fee } = own.view;
    const begun = await beginPayment(fees, {
      fee: fee.id,
      payer: own.session.person.id,
      provider: own.form["provider"] ?? "",
      language: c.var.visit.lang,
    });
    if (begun.ok) return goTo(c, begun.value.redirect);
    // A page gone stale: what it asked for is done, or under way; the fee's own page says where it stands.
    if (begun.error.code === "fee-paid" || begun.error.code === "payment-under-way")
      return goTo(c, `${feePaths.mine}/${fee.id}`);
    return refusedAt(c, fee.id, begun.error);
  });

  routes.post(`${feePaths.mine}/:fee/stop`, async (c) => {
    const own = await posted(c);
    if (own instanceof Response) return own;
    const { fee, charge } = own.view;
    const stopped = charge && (await stopPayment(fees, { charge: charge.id, payer: own.session.person.id }));
    if (stopped && !stopped.ok) return refusedAt(c, fee.id, stopped.error);
    await tellCase(fee.reference);
    return goTo(c, `${feePaths.mine}/${fee.id}`);
  });

  routes.get(`${feePaths.mine}/:fee/receipt.pdf`, async (c) => {
    const own = await ownFee(c);
    if (own instanceof Response) return own;
    const { fee, charge, state, paidAt } = own.view;
    if (state !== "paid" || !charge || !paidAt || !options.seal)
      return sendRefusal(context, c, { code: "page-unknown" });
    const opened = await caseFor(fee.reference);
    const pdf = await sealedLetter(portal.identity, options.seal, `fee/${charge.id}`, () =>
      feeReceiptLetter(portal, { fee, charge, paidAt, payer: own.session.person.name, opened }),
    );
    return sendPdf(c, pdf, `taroko-${fee.reference}-fee.pdf`);
  });

  // What the fee was paid for, or waived.
  routes.get("/applications/:case/provided.pdf", async (c) => {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("case");
    const opened = isUuid(id) ? await openCase(database, id) : undefined;
    const { state, definition } = opened ?? {};
    const concerned = state && [state.applicant.person, state.principal.person].includes(session.person.id);
    if (!opened || !state || !definition || !concerned) return sendRefusal(context, c, { code: "case-unknown" });
    const done = state.events.findLast(({ type }) => type === "fee-paid" || type === "fee-waived");
    // Money that went back takes the document with it; what was fetched before stays with the person.
    const view = await feeOfCase(portal, definition, state);
    if (!done || !definition.fee || !options.seal || (view && view.state !== "paid"))
      return sendRefusal(context, c, { code: "page-unknown" });
    const pdf = await sealedLetter(portal.identity, options.seal, `${state.id}/provided/${done.seq}`, () =>
      providedLetter(portal, opened, new Date(done.at)),
    );
    return sendPdf(c, pdf, `taroko-${state.number ?? "document"}.pdf`);
  });

  function sendPdf(c: C, pdf: Uint8Array, name: string): Response {
    c.header("Cache-Control", "no-store");
    c.header("Content-Disposition", `attachment; filename="${name}"`);
    return c.body(new Uint8Array(pdf), 200, { "Content-Type": "application/pdf" });
  }

  async function ownFee(c: C): Promise<Own | Response> {
    const session = signedIn(c);
    if (session instanceof Response) return session;
    const id = c.req.param("fee") ?? "";
    const view = isUuid(id) ? await viewFee(fees, id) : undefined;
    return view?.fee.payer === session.person.id
      ? { session, view }
      : sendRefusal(context, c, { code: "fee-unknown" }, { ways: [toMine] });
  }

  async function posted(c: C): Promise<(Own & { readonly form: Record<string, string> }) | Response> {
    const own = await ownFee(c);
    if (own instanceof Response) return own;
    const form = ownForm(own.session, await readForm(c));
    return form ? { ...own, form } : sendRefusal(context, c, { code: "form-tampered" });
  }

  function refusedAt(c: C, fee: string, refusal: Parameters<typeof sendRefusal>[2]) {
    const text = both("回到這筆規費", "Back to this fee");
    return sendRefusal(context, c, refusal, { ways: [{ text, href: `${feePaths.mine}/${fee}` }] });
  }

  async function lookAgain({ fee, charge }: FeeView): Promise<void> {
    if (charge) await askProvider(fees, charge.id);
    await tellCase(fee.reference);
  }

  async function tellCase(reference: string): Promise<void> {
    const id = await caseByNumber(database, reference);
    if (id !== undefined) await settleFees(portal, id);
  }

  async function caseFor(reference: string): Promise<OpenCase | undefined> {
    const id = await caseByNumber(database, reference);
    return id === undefined ? undefined : openCase(database, id);
  }

  async function sendFee(c: C, { view }: Own) {
    const { fee, charges } = view;
    const opened = await caseFor(fee.reference);
    const last = charges.at(-1);
    const events = last ? await eventsOf(fees, last.id) : [];
    const ruling = opened?.state.ruling ?? (opened && rulingOf(opened));
    const provided = opened?.state.phase === "provided" && options.seal && opened.definition.fee?.provides.title;
    return sendPage(
      c,
      myFeePage(
        {
          ...view,
          due: startOfDay(country, fee.dueOn),
          providers: fees.providers,
          why: ruling && explained(ruling),
          declined: events.findLast(({ event }) => event === "reported-declined")?.detail["reason"],
          otherAmount: last?.taken !== undefined && last.taken !== null && last.taken !== last.amount,
          applicationHref: opened && `/applications/${opened.state.id}`,
          provided: provided
            ? {
                text: both(`下載${provided["zh-Hant"]}（PDF）`, `Download: ${provided.en} (PDF)`),
                href: `/applications/${opened.state.id}/provided.pdf`,
              }
            : undefined,
          receiptHref: options.seal && `${feePaths.mine}/${fee.id}/receipt.pdf`,
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  }

  function rulingOf({ state, definition }: OpenCase) {
    const ruling = ruleOn(portal, definition, state, portal.clock.now());
    return ruling.ok ? ruling.value : undefined;
  }

  return routes;
}

const toMine = { text: both("回到我的規費", "Back to my fees"), href: feePaths.mine };
