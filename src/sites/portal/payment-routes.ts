import { Hono, type Context } from "hono";
import {
  askedActOf,
  closedDayOf,
  countAskedActs,
  dayReport,
  fileForBank,
  fileOf,
  listMovements,
  listClosedDays,
  listPayments,
  paymentOverview,
  programmes,
  proveBooks,
  readBooks,
  tracePayment,
  type DayReport,
  type PaymentSearch,
  type State,
} from "#payments";
import {
  booksPage,
  csvFile,
  dayPage,
  filePage,
  isState,
  paymentListPage,
  paymentPaths,
  reasonClasses,
  stateGraphPage,
  tracePage,
} from "#payments/pages";
import { both, type Text } from "#ui";
import { actsFor, actTitle, isPaymentId } from "./payment-acts.ts";
import { caseOf, paymentDesk, paymentEntity } from "./payment-desk.ts";
import { tracedAround } from "./payment-trace.ts";
import type { PortalContext } from "./portal-site.ts";
import { chromeOf, sendPage } from "./reply.ts";
import type { PortalEnv } from "./request.ts";

const linesOnAPage = 40;
const toBooks = { text: both("回到帳冊", "Back to the books"), href: paymentPaths.books };
const linesOfCsv = 100_000;

/** What was just done, as the page it leads to says it. */
const done: Readonly<Record<string, Text>> = {
  release: both("已放行。", "Released."),
  cancel: both("已取消。", "Cancelled."),
  hold: both("已暫停。", "Held."),
  "end-hold": both("已解除暫停，等另一個人放行。", "It goes on once another person has released it."),
  cheque: both("已改寄支票，等第二個人放行。", "A cheque is sent instead; a second person releases it."),
  "ask-person": both("已請當事人提供帳戶。", "The payee was asked."),
  reroute: both("已改付新帳戶，等第二個人放行。", "Sent to the new account; a second person releases it."),
  asked: both("已提出，等另一位出納確認。", "Asked for; another treasury officer confirms."),
  confirm: both("已確認並執行。", "Confirmed and done."),
  decline: both("已收回或不同意，什麼都沒有改變。", "Taken back or declined; nothing changed."),
};

/** The desk of payments: lists, one payment's way, files, books, the graph of states. */
export function paymentRoutes(context: PortalContext): Hono<PortalEnv> {
  const { portal } = context;
  const { payments, clock } = portal;
  const { banking } = payments;
  const routes = new Hono<PortalEnv>();
  const desk = paymentDesk(context);
  type C = Context<PortalEnv>;

  routes.get(paymentPaths.all, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const asked = askedOf(c, ["programme", "state", "reason", "days", "search", "after"]);
    const overview = await paymentOverview(payments, asked["programme"] || undefined);
    const { lines, next } = await listPayments(payments, searchOf(asked), linesOnAPage);
    const waiting = await countAskedActs(payments);
    return sendPage(
      c,
      paymentListPage(
        { lines, next, asked, overview, waiting, now: clock.now(), banking },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.get(paymentPaths.csv, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const search = searchOf(askedOf(c, ["programme", "state", "reason", "days", "search"]));
    const head = [
      "payment",
      "case",
      "programme",
      "amount",
      "currency",
      "attempt",
      "state",
      "since",
      "reason",
      "institution",
      "file",
    ];
    return sendCsv(c, "payments.csv", head, async function* rows() {
      let after: string | undefined;
      for (let sent = 0; sent < linesOfCsv; sent += 1000) {
        const { lines, next } = await listPayments(payments, { ...search, after }, 1000);
        yield lines.map((line) => [
          line.id,
          line.caseRef,
          line.programme,
          line.amount,
          line.currency,
          line.attempt,
          line.state,
          line.since.toISOString(),
          line.reason,
          line.institution,
          line.file,
        ]);
        if (next === undefined) return;
        after = next;
      }
    });
  });

  routes.get(paymentPaths.states, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const { states } = await paymentOverview(payments);
    const counts = new Map<State, number>(states.map(({ state, count }) => [state, count]));
    return sendPage(c, stateGraphPage(counts, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(paymentPaths.books, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const asked = askedOf(c, ["programme", "account", "after"]);
    const known = new Map((await programmes(payments)).map(({ id, title }) => [id, title]));
    const { lines, next } = await listMovements(payments, movementsOf(asked), linesOnAPage);
    const balances = await readBooks(payments);
    const proof = c.req.query("prove") === "yes" && { at: clock.now(), faults: await proveBooks(payments) };
    return sendPage(
      c,
      booksPage(
        {
          programmes: [...new Set([...known.keys(), ...balances.map(({ programme }) => programme)])].map((id) => ({
            id,
            title: known.get(id) ?? id,
          })),
          balances,
          movements: lines,
          asked,
          next: next === undefined ? undefined : String(next),
          reports: [
            { day: portal.country.dayOf(clock.now()), differences: 0, closed: false },
            ...(await listClosedDays(payments, 14)).map(({ day, content }) => ({
              day,
              differences: (JSON.parse(content) as DayReport).differences.length,
              closed: true,
            })),
          ],
          currency: banking.currency,
          ...(proof && { proof }),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  routes.get(paymentPaths.movementsCsv, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const search = movementsOf(askedOf(c, ["programme", "account"]));
    const head = ["id", "at", "programme", "from", "to", "amount", "payment", "event", "reason"];
    return sendCsv(c, "movements.csv", head, async function* rows() {
      let after: bigint | undefined;
      for (let sent = 0; sent < linesOfCsv; sent += 1000) {
        const { lines, next } = await listMovements(payments, { ...search, after }, 1000);
        yield lines.map((one) => [
          one.id,
          one.at.toISOString(),
          one.programme,
          one.from,
          one.to,
          one.amount,
          one.instruction,
          one.seq,
          one.reason,
        ]);
        if (next === undefined) return;
        after = next;
      }
    });
  });

  routes.get(`${paymentPaths.books}/:day{[0-9]{4}-[0-9]{2}-[0-9]{2}}`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const day = c.req.param("day");
    const closed = await closedDayOf(payments, day);
    const report = closed ? (JSON.parse(closed.content) as DayReport) : undefined;
    const reckoned = report ? undefined : await dayReport(payments, day);
    if (reckoned && !reckoned.ok) return desk.refused(c, reckoned.error, toBooks);
    const view = { report: report ?? reckoned!.value, closed, currency: banking.currency };
    return sendPage(c, dayPage(view, c.var.visit.lang, chromeOf(c)));
  });

  routes.get(`${paymentPaths.books}/:file{[0-9]{4}-[0-9]{2}-[0-9]{2}[.]json}`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const closed = await closedDayOf(payments, c.req.param("file").slice(0, 10));
    if (!closed) return desk.refused(c, { code: "page-unknown" }, toBooks);
    return c.body(closed.content, 200, {
      "Content-Type": "application/json; charset=utf-8",
      "Content-Disposition": `attachment; filename="${closed.day}.json"`,
    });
  });

  routes.get(`${paymentPaths.files}/:file`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const file = await fileOf(payments, c.req.param("file"));
    if (!file) return desk.refused(c, { code: "page-unknown" });
    const after = askedOf(c, ["after"])["after"] ?? "";
    const { lines, next } = await listPayments(payments, { file: file.id, after: after || undefined }, linesOnAPage);
    const mayDownload = await desk.offers(on, "payments:download");
    return sendPage(
      c,
      filePage({ file, lines, after, next, mayDownload, currency: banking.currency }, c.var.visit.lang, chromeOf(c)),
    );
  });

  routes.get(`${paymentPaths.files}/:file/content`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const refused = await desk.may(c, on, "payments:download");
    if (refused) return refused;
    const file = await fileForBank(payments, c.req.param("file"));
    if (!file) return desk.refused(c, { code: "page-unknown" });
    return c.body(file.xml, 200, {
      "Content-Type": "application/xml; charset=utf-8",
      "Content-Disposition": `attachment; filename="${file.name}"`,
      "Cache-Control": "no-store",
    });
  });

  routes.get(`${paymentPaths.all}/:payment`, async (c) => {
    const on = await desk.onDuty(c);
    if (on instanceof Response) return on;
    const id = c.req.param("payment");
    const trace = isPaymentId(id) ? await tracePayment(payments, id) : undefined;
    if (!trace) return desk.refused(c, { code: "entitlement-unknown" });
    const opened = await caseOf(portal, trace.entitlement.caseRef);
    const resource = paymentEntity(portal, trace, opened, []);
    const refused = await viewRefused(c, on, resource);
    if (refused) return refused;
    const around = await tracedAround(portal, trace, opened);
    const waits = await askedActOf(payments, trace.attempts.at(-1)!.id);
    const here = `${paymentPaths.all}/${trace.attempts.at(-1)!.id}`;
    const told = done[c.req.query("done") ?? ""];
    return sendPage(
      c,
      tracePage(
        {
          trace,
          ...around,
          acts: waits ? [] : await actsFor(portal, desk, on, trace, opened),
          ...(waits && {
            asked: {
              title: actTitle(waits.act),
              by: around.people.get(waits.askedBy) ?? "–",
              at: waits.askedAt,
              href: `${here}/asked`,
            },
          }),
          mayDownload: await desk.offers(on, "payments:download"),
          currency: banking.currency,
          ...(told && { done: told }),
        },
        c.var.visit.lang,
        chromeOf(c),
      ),
    );
  });

  /** Looking at a payment is recorded only where it is refused: it names nobody. */
  async function viewRefused(c: C, on: Parameters<typeof desk.may>[1], resource: ReturnType<typeof paymentEntity>) {
    return (await desk.offers(on, "payment:view", resource))
      ? undefined
      : desk.may(c, on, "payment:view", { resource });
  }

  return routes;
}

function askedOf(c: Context<PortalEnv>, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, (c.req.query(name) ?? "").trim().slice(0, 60)]));
}

function searchOf(asked: Readonly<Record<string, string>>): PaymentSearch {
  const {
    programme,
    state = "",
    reason = "",
    days = "",
    search,
    after = "",
  } = asked as Readonly<Partial<Record<"programme" | "state" | "reason" | "days" | "search" | "after", string>>>;
  return {
    programme: programme || undefined,
    states: isState(state) ? [state] : undefined,
    reasonClass: reasonClasses.find((one) => one === reason),
    days: /^\d{1,4}$/.test(days) ? Number(days) : undefined,
    search: search || undefined,
    after: isPaymentId(after) ? after : undefined,
  };
}

function movementsOf(asked: Readonly<Record<string, string>>) {
  const {
    programme,
    account,
    after = "",
  } = asked as Readonly<Partial<Record<"programme" | "account" | "after", string>>>;
  return {
    programme: programme || undefined,
    account: account || undefined,
    after: /^\d{1,18}$/.test(after) ? BigInt(after) : undefined,
  };
}

type CsvRow = readonly (string | number | bigint | null | undefined)[];

/** A table as a file, sent as it is read. */
function sendCsv(
  c: Context<PortalEnv>,
  name: string,
  head: readonly string[],
  rows: () => AsyncGenerator<readonly CsvRow[]>,
): Response {
  const source = rows();
  const encoder = new TextEncoder();
  const file = new ReadableStream<Uint8Array>({
    start: (out) => out.enqueue(encoder.encode(csvFile([head]))),
    async pull(out) {
      const { done: over, value } = await source.next();
      if (over) out.close();
      else out.enqueue(encoder.encode(csvFile(value).slice(1)));
    },
    async cancel() {
      await source.return(undefined);
    },
  });
  c.header("Content-Type", "text/csv; charset=utf-8");
  c.header("Content-Disposition", `attachment; filename="${name}"`);
  c.header("Cache-Control", "no-store");
  return c.body(file);
}

/** A page's number from an address; the first for anything that is none. */
export function pageOf(text: string | undefined): number {
  return Math.min(100_000, Math.max(1, Math.trunc(Number(text ?? 1)) || 1));
}
