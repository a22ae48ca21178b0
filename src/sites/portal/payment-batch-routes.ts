import { Hono, type Context } from "hono";
import { refusalOf } from "#http";
import { isUuid, type Refusal } from "#kernel";
import {
  approveBatch,
  batchList,
  batchProgress,
  batchView,
  listFiles,
  programmes,
  proposeBatch,
  recallBatch,
  refusalFile,
  roster,
  rosterList,
  rosterProgress,
  rosterRefusals,
  type BatchView,
} from "#payments";
import { batchesAbove, batchPage, filesPage, paymentPaths, proposePage, rosterPage } from "#payments/pages";
import { both, type FieldError, type Text } from "#ui";
import { problemTables } from "../problem-tables.ts";
import type { Desk } from "./note-visit.ts";
import { paymentDesk } from "./payment-desk.ts";
import { pageOf } from "./payment-routes.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, goTo, sendPage } from "./reply.ts";
import type { PortalEnv } from "./request.ts";
import { within } from "./within.ts";

const filesOnAPage = 25;
const refusedOnAPage = 50;
/** Seconds after which a page about something under way loads itself again. */
const renewAfter = 10;
/** A proposal of millions goes on after the page has answered. */
const patienceMs = 3000;
const back = { text: both("回到批次與檔案", "Back to batches and files"), href: paymentPaths.files };

const done: Readonly<Record<string, Text>> = {
  proposed: both("已提出，等另一個人放行。", "Proposed; another person releases it."),
  released: both("已放行。檔案會自動建立並送銀行。", "Released. Its files are made and sent by themselves."),
  missing: both("已記下您的放行，還要另一個人。", "Your release is kept; one more person is needed."),
  asked: both("已要求抽回，等另一個人。", "The recall was asked for; it waits for another person."),
  recalled: both("已抽回。", "Recalled."),
};

/** Batches: proposing, releasing and recalling them; rosters and files with their progress. */
export function paymentBatchRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { payments, clock } = portal;
  const { currency } = payments.banking;
  const routes = new Hono<PortalEnv>();
  const desk = paymentDesk(context);
  type C = Context<PortalEnv>;

  routes.get(paymentPaths.files, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const page = pageOf(c.req.query("page"));
    const { files, total } = await listFiles(payments, { limit: filesOnAPage, offset: (page - 1) * filesOnAPage });
    const pages = {
      page,
      pages: Math.max(1, Math.ceil(total / filesOnAPage)),
      href: (to: number) => `${paymentPaths.files}?page=${to}`,
    };
    const { lang } = c.var.visit;
    const batches = await batchList(payments, undefined, 20);
    const rosters = await rosterList(payments, undefined, 20);
    const mayPropose = await desk.offers(on, "payments:propose");
    const busy = batches.some(({ state }) => state === "gathering") || rosters.some(({ state }) => state === "reading");
    renews(c, busy);
    const above = batchesAbove({ batches, rosters, mayPropose, currency }, lang);
    return sendPage(c, filesPage({ files, pages, above, currency }, lang, chromeOf(c)));
  });

  routes.get(`${paymentPaths.batches}/new`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const refused = (await desk.offers(on, "payments:propose")) ? undefined : await desk.may(c, on, "payments:propose");
    return refused ?? sendProposal(c, {}, []);
  });

  routes.post(`${paymentPaths.batches}/new`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const refused = await desk.may(c, on, "payments:propose", { form: { fields: form, page: paymentPaths.files } });
    if (refused) return refused;
    const [programme, payOn, decision] = ["programme", "payOn", "decision"].map((name) => (form[name] ?? "").trim());
    if (!programme)
      return sendProposal(c, form, [{ field: "programme", text: both("請選擇計畫。", "Choose a programme.") }]);
    if (payOn && !/^\d{4}-\d{2}-\d{2}$/.test(payOn))
      return sendProposal(c, form, [
        { field: "payOn", text: both("請填日期，例如 2026-12-31。", "Give a day, for example 2026-12-31.") },
      ]);
    const work = proposeBatch(payments, {
      programme,
      proposedBy: on.session.person.id,
      ...(payOn && { payOn }),
      ...(decision && { decision }),
    });
    work.catch((fault: unknown) =>
      context.options.logger.warn({ cause: String(fault) }, "a batch could not be proposed"),
    );
    const made = await within(patienceMs, work);
    if (!made) return goTo(c, paymentPaths.files);
    if (made.ok) return goTo(c, `${paymentPaths.batches}/${made.value.id}?done=proposed`);
    const stopped = made.error.params?.["batch"];
    if (typeof stopped === "string" && isUuid(stopped)) return goTo(c, `${paymentPaths.batches}/${stopped}`);
    return sendProposal(c, form, [{ field: "programme", text: textOf(made.error) }]);
  });

  routes.get(`${paymentPaths.batches}/:batch`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const batch = await batchOf(c);
    return batch instanceof Response ? batch : sendBatch(c, on, batch, []);
  });

  routes.post(`${paymentPaths.batches}/:batch/release`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const batch = await batchOf(c);
    if (batch instanceof Response) return batch;
    const here = `${paymentPaths.batches}/${batch.id}`;
    const refused = await desk.may(c, on, "payments:release", { form: { fields: form, page: here } });
    if (refused) return refused;
    if (form["sure"] !== "yes")
      return sendBatch(c, on, batch, [
        {
          field: "sure",
          text: both("請先勾選您看過總額與抽樣。", "Tick that you have seen the totals and the samples."),
        },
      ]);
    const released = await approveBatch(payments, {
      batch: batch.id,
      releasedBy: on.session.person.id,
      sha256: form["sha256"] ?? "",
    });
    if (!released.ok) return desk.refused(c, released.error, { text: back.text, href: here });
    context.settleSoon();
    return goTo(c, `${here}?done=${released.value.missing > 0 ? "missing" : "released"}`);
  });

  routes.post(`${paymentPaths.batches}/:batch/recall`, async (c) => {
    const sent = await desk.posted(c);
    if (sent instanceof Response) return sent;
    const { desk: on, form } = sent;
    const batch = await batchOf(c);
    if (batch instanceof Response) return batch;
    const here = `${paymentPaths.batches}/${batch.id}`;
    const action = (await desk.offers(on, "payments:propose")) ? "payments:propose" : "payments:release";
    const refused = await desk.may(c, on, action, { form: { fields: form, page: here } });
    if (refused) return refused;
    const reason = (form["why"] ?? "").trim();
    if (reason === "") return sendBatch(c, on, batch, [{ field: "why", text: both("請寫理由。", "Say why.") }]);
    const recalled = await recallBatch(payments, { batch: batch.id, recalledBy: on.session.person.id, reason });
    if (!recalled.ok) return desk.refused(c, recalled.error, { text: back.text, href: here });
    return goTo(c, `${here}?done=${recalled.value.outcome}`);
  });

  routes.get(`${paymentPaths.rosters}/:roster`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const id = c.req.param("roster");
    const found = isUuid(id) ? await roster(payments, id) : undefined;
    if (!found) return desk.refused(c, { code: "page-unknown" }, back);
    const after = c.req.query("after") ?? "";
    const refused = await rosterRefusals(payments, id, /^\d{1,18}$/.test(after) ? BigInt(after) : 0n, refusedOnAPage);
    const here = `${paymentPaths.rosters}/${id}`;
    const progress = rosterProgress(found, clock.now());
    const busy = renews(c, found.state === "reading" && !progress.stalled);
    const view = {
      roster: found,
      progress,
      refused,
      currency,
      older: refused.length === refusedOnAPage ? `${here}?after=${refused.at(-1)!.line}` : undefined,
      renews: busy ? { stopHref: `${here}?renew=no` } : undefined,
      stoppedFor: found.stoppedFor === null ? undefined : textOf({ code: found.stoppedFor }),
    };
    return sendPage(c, rosterPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(`${paymentPaths.rosters}/:roster/errors.csv`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const id = c.req.param("roster");
    const found = isUuid(id) ? await roster(payments, id) : undefined;
    if (!found) return desk.refused(c, { code: "page-unknown" }, back);
    const rows = refusalFile(payments, id);
    const encoder = new TextEncoder();
    c.header("Content-Type", "text/csv; charset=utf-8");
    c.header("Content-Disposition", `attachment; filename="refused-${id.slice(0, 8)}.csv"`);
    c.header("Cache-Control", "no-store");
    return c.body(
      new ReadableStream<Uint8Array>({
        async pull(out) {
          const { done: over, value } = await rows.next();
          if (over) out.close();
          else out.enqueue(encoder.encode(value));
        },
        async cancel() {
          await rows.return(undefined);
        },
      }),
    );
  });

  async function batchOf(c: C): Promise<BatchView | Response> {
    const id = c.req.param("batch") ?? "";
    const batch = isUuid(id) ? await batchView(payments, id) : undefined;
    return batch ?? desk.refused(c, { code: "batch-unknown" }, back);
  }

  async function sendProposal(c: C, asked: Readonly<Record<string, string>>, errors: readonly FieldError[]) {
    const view = { programmes: await programmes(payments), asked, errors };
    const chrome = chromeOf(c, `${paymentPaths.batches}/new`);
    return sendPage(c, proposePage(view, c.var.visit.lang, chrome), errors.length > 0 ? 422 : 200);
  }

  async function sendBatch(c: C, on: Desk, batch: BatchView, errors: readonly FieldError[]) {
    const here = `${paymentPaths.batches}/${batch.id}`;
    const progress = batch.state === "released" ? await batchProgress(payments, batch.id) : undefined;
    const moving = new Set(["approved-once", "approved", "queued", "submitted", "accepted"]);
    const under = Object.entries(progress?.states ?? {}).some(([state, count]) => moving.has(state) && count > 0);
    const busy = renews(c, errors.length === 0 && (batch.state === "gathering" || under));
    const [mayRelease, mayPropose] = [
      await desk.offers(on, "payments:release"),
      await desk.offers(on, "payments:propose"),
    ];
    const by = on.session.person.id;
    const told = done[c.req.query("done") ?? ""];
    const view = {
      batch,
      currency,
      errors,
      people: await peopleOf(batch),
      maySee: mayRelease || mayPropose,
      mayRelease: mayRelease && batch.proposedBy !== by && !batch.given.some((one) => one.by === by),
      mayRecall: (mayRelease || mayPropose) && batch.recallAskedBy !== by,
      renews: busy ? { stopHref: `${here}?renew=no` } : undefined,
      ...(progress && { progress }),
      ...(told && { done: told }),
    };
    return sendPage(c, batchPage(view, c.var.visit.lang, chromeOf(c, here)), errors.length > 0 ? 422 : 200);
  }

  async function peopleOf({ proposedBy, recallAskedBy, given }: BatchView): Promise<Map<string, string>> {
    const people = new Map<string, string>();
    for (const id of new Set([proposedBy, recallAskedBy ?? proposedBy, ...given.map(({ by }) => by)])) {
      const name = isUuid(id) ? (await portal.identity.store.person(id))?.name : undefined;
      if (name !== undefined) people.set(id, name);
    }
    return people;
  }

  return routes;
}

/** Lets the page load itself again while something is under way, unless the person asked it not to. No script needed. */
function renews(c: Context<PortalEnv>, busy: boolean): boolean {
  const wanted = busy && c.req.query("renew") !== "no";
  if (wanted) c.header("Refresh", String(renewAfter));
  return wanted;
}

function textOf(refusal: Refusal): Text {
  const { title, action } = refusalOf(refusal, Object.values(problemTables));
  return both(`${title["zh-Hant"]}。${action["zh-Hant"]}`, `${title.en}. ${action.en}`);
}
