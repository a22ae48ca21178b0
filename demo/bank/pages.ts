import { Hono } from "hono";
import { html } from "hono/html";
import { readCreditTransfer, type Transfer } from "#payments";
import type { Database } from "#store";
import type { BankClock } from "./bank-clock.ts";
import {
  behaviourByChance,
  behaviourOf,
  fileBehaviourOf,
  magicEndings,
  magicSuffixes,
  type LineBehaviour,
} from "./magic.ts";
import type { Desk } from "./receive-file.ts";
import { fileByMessageId, latestFiles, plannedFor, reportByName, type FileSummary } from "./store.ts";

type Html = ReturnType<typeof html>;
type Planned = Awaited<ReturnType<typeof plannedFor>>[number];

const stylesheet = `body{font:1rem/1.7 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1d2521;background:#fbfaf7}
.simulator{background:#7a2e0e;color:#fff;padding:.75rem 1rem;border-radius:.5rem;font-weight:600;margin:0}
.simulator span,h1 span,h2 span{display:block}h1{font-size:1.75rem;line-height:1.4;overflow-wrap:anywhere}h2{font-size:1.25rem;line-height:1.5;margin-top:2.5rem}
h1 span,h2 span{font-size:.75em;font-weight:500;color:#4a5650}a{color:#0b5e4a}
article{background:#fff;border:1px solid #d8d5cc;border-radius:.5rem;padding:1rem;margin:0 0 1rem}article h3{margin:0 0 .5rem;font-size:1rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.5rem 1.5rem;margin:0}dt{color:#4a5650;font-size:.875rem}dd{margin:0;overflow-wrap:anywhere}
code{overflow-wrap:anywhere}.wide{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #d8d5cc;vertical-align:top}
td span,.later{display:block;color:#4a5650}button{font:inherit;padding:.4rem 1rem;border:1px solid #0b5e4a;border-radius:.3rem;background:#fff;color:#0b5e4a;cursor:pointer}
ol{padding-inline-start:1.25rem}nav{display:flex;gap:1.5rem;margin:1rem 0}@media(max-width:40rem){.lines thead{display:none}.lines tr{display:block;border-bottom:1px solid #d8d5cc;padding:.5rem 0}.lines td{display:block;border:0;padding:0}}:focus-visible{outline:3px solid #b45309;outline-offset:2px}`;

const linesOnPage = 50;
const filesOnPage = 20;

/** What the simulator received, what it answered and will answer. Shows no names, and of accounts the last four digits. */
export function pages({
  database,
  clock,
  load,
}: {
  readonly database: Database;
  readonly clock: BankClock;
  readonly load?: Desk["load"];
}): Hono {
  const app = new Hono();
  const fateOf = (line: Transfer): LineBehaviour =>
    load ? behaviourByChance(line.endToEndId, load) : behaviourOf(line.account.number);
  app.get("/bank.css", (c) => c.body(stylesheet, 200, { "content-type": "text/css; charset=utf-8" }));

  app.get("/", async (c) => {
    const page = pageOf(c.req.query("page"));
    const files = await latestFiles(database, filesOnPage + 1, (page - 1) * filesOnPage);
    const planned = await plannedFor(
      database,
      files.map(({ messageId }) => messageId),
    );
    return c.html(overview(files, planned, page, await clock.now()));
  });

  app.get("/files/:id", async (c) => {
    const file = await fileByMessageId(database, c.req.param("id"));
    if (!file) return c.html(notFound(), 404);
    const planned = await plannedFor(database, [file.messageId]);
    return c.html(filePage(file, planned, pageOf(c.req.query("page")), await clock.now(), fateOf));
  });

  app.get("/reports/:name", async (c) => {
    const report = await reportByName(database, c.req.param("name"));
    if (!report || report.visibleAt > (await clock.now())) return c.html(notFound(), 404);
    return c.body(report.xml, 200, { "content-type": "application/xml; charset=utf-8" });
  });

  app.post("/clock/next-banking-day", async (c) => {
    await clock.advanceBankingDays(1);
    return c.redirect("/", 303);
  });
  return app;
}

function overview(files: readonly FileSummary[], planned: readonly Planned[], page: number, now: Date): Html {
  const none = html`<p>還沒有檔案。<span lang="en">No file yet.</span></p>`;
  const shown = files.slice(0, filesOnPage);
  return layout(
    html`銀行模擬器 <span lang="en">Bank simulator</span>`,
    html`<p>銀行的時間 <span lang="en">The bank's clock</span>：<strong>${taipeiTime(now)}</strong></p>
      <form method="post" action="/clock/next-banking-day">
        <button>往前一個營業日 <span lang="en">One banking day on</span></button>
      </form>
      <h2>收到的撥款檔 <span lang="en">Payment files received</span></h2>
      ${shown.length === 0 ? none : shown.map((file) => fileCard(file, planned, now))}
      ${pager("/", page, files.length > filesOnPage)}
      <h2>帳號末四碼決定結果 <span lang="en">The last four digits of an account decide</span></h2>
      <table>
        <tbody>
          ${Object.entries(magicEndings).map(([ending, { text }]) => row(ending, text["zh-Hant"], text.en))}
          ${row("其他 others", "入帳", "paid")}
        </tbody>
      </table>
      <h2>檔案編號結尾決定整檔 <span lang="en">The end of a file's message id decides about the file</span></h2>
      <table>
        <tbody>
          ${Object.entries(magicSuffixes).map(([suffix, { text }]) => row(suffix, text["zh-Hant"], text.en))}
        </tbody>
      </table>`,
  );
}

function fileCard(file: FileSummary, planned: readonly Planned[], now: Date): Html {
  const own = planned.filter((one) => one.messageId === file.messageId);
  const said = own.filter(({ visibleAt }) => visibleAt <= now).length;
  return html`<article>
    <h3>
      <a href="/files/${encodeURIComponent(file.messageId)}"><code>${file.messageId}</code></a>
    </h3>
    <dl>
      ${fact("筆數", "Lines", file.lines)} ${fact("總額", "Total", money(file.total))}
      ${fact("收到（臺北時間）", "Received, Taipei time", taipeiTime(file.receivedAt))}
      ${fact("已回覆／之後", "Answered / to come", `${said} / ${own.length - said}`)}
    </dl>
  </article>`;
}

function filePage(
  file: FileSummary & { xml: string },
  planned: readonly Planned[],
  page: number,
  now: Date,
  fateOf: (line: Transfer) => LineBehaviour,
): Html {
  const read = readCreditTransfer(file.xml, { currency: { code: "TWD", decimals: 0 }, clearingSystem: "TWNCC" });
  const lines = read.ok ? read.value.groups.flatMap((group) => group.transfers) : [];
  const from = (page - 1) * linesOnPage;
  const suffix =
    fileBehaviourOf(file.messageId).kind === "normal" ? undefined : /-[A-Z0-9]+$/.exec(file.messageId)?.[0];
  const whole = suffix === undefined ? undefined : magicSuffixes[suffix]?.text;
  return layout(
    html`<code>${file.messageId}</code>`,
    html`<p>
        <a href="/">← 所有檔案 <span lang="en">All files</span></a>
      </p>
      <dl>
        ${fact("筆數", "Lines", file.lines)} ${fact("總額", "Total", money(file.total))}
        ${fact("收到（臺北時間）", "Received, Taipei time", taipeiTime(file.receivedAt))}
        ${fact("收據", "Receipt", file.receipt)}
        ${whole ? fact("整檔", "The whole file", `${whole["zh-Hant"]} ${whole.en}`) : ""}
      </dl>
      <h2>回覆和之後的事 <span lang="en">Answers, and what is to come</span></h2>
      ${
        planned.length === 0
          ? html`<p>不會有回覆。<span lang="en">There will be no answer.</span></p>`
          : html`<ol>
              ${planned.map((one) => answer(one, now))}
            </ol>`
      }
      <h2>各筆 <span lang="en">Lines</span></h2>
      <div class="wide" tabindex="0" role="region" aria-label="各筆 Lines">
        <table class="lines">
          <thead>
            <tr>
              <th scope="col">末四碼 <span lang="en">Ending</span></th>
              <th scope="col">結果 <span lang="en">Fate</span></th>
              <th scope="col">金額 <span lang="en">Amount</span></th>
              <th scope="col">EndToEndId</th>
            </tr>
          </thead>
          <tbody>
            ${lines.slice(from, from + linesOnPage).map((line) => {
              const { text } = fateOf(line);
              return html`<tr>
                <td>${line.cheque ? "支票 cheque" : line.account.number.slice(-4)}</td>
                <td>${text["zh-Hant"]}<span lang="en">${text.en}</span></td>
                <td>${money(line.amount)}</td>
                <td><code>${line.endToEndId}</code></td>
              </tr>`;
            })}
          </tbody>
        </table>
      </div>
      ${pager(`/files/${encodeURIComponent(file.messageId)}`, page, lines.length > from + linesOnPage)}`,
  );
}

function answer({ name, visibleAt, fetchedAt }: Planned, now: Date): Html {
  if (visibleAt > now) {
    return html`<li>
      <code>${name}</code>
      <span class="later">將於 <span lang="en">to come on</span> ${taipeiTime(visibleAt)}</span>
    </li>`;
  }
  return html`<li>
    <a href="/reports/${encodeURIComponent(name)}"><code>${name}</code></a>
    <span class="later"
      >${taipeiTime(visibleAt)} ${fetchedAt ? html`· 對方已收 <span lang="en">taken by the customer</span>` : ""}</span
    >
  </li>`;
}

function layout(heading: Html, body: Html): Html {
  return html`<!doctype html>
    <html lang="zh-Hant">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>銀行模擬器 Bank simulator</title>
        <link rel="stylesheet" href="/bank.css" />
      </head>
      <body>
        <p class="simulator">
          這是模擬器，不是銀行，也沒有真的錢。<span lang="en"
            >This is a simulator, not a bank. No real money moves.</span
          >
        </p>
        <main>
          <h1>${heading}</h1>
          ${body}
        </main>
      </body>
    </html>`;
}

function notFound(): Html {
  return layout(html`找不到 <span lang="en">Not found</span>`, html`<p><a href="/">銀行模擬器 Bank simulator</a></p>`);
}

function pager(path: string, page: number, more: boolean): Html {
  return html`<nav aria-label="頁 Pages">
    ${page > 1 ? html`<a href="${path}?page=${page - 1}">← 上一頁 <span lang="en">Previous</span></a>` : ""}
    ${more ? html`<a href="${path}?page=${page + 1}">下一頁 <span lang="en">Next</span> →</a>` : ""}
  </nav>`;
}

function row(ending: string, zh: string, en: string): Html {
  return html`<tr>
    <th scope="row"><code>${ending}</code></th>
    <td>${zh}<span lang="en">${en}</span></td>
  </tr>`;
}

function fact(zh: string, en: string, value: string | number): Html {
  return html`<div>
    <dt>${zh} <span lang="en">${en}</span></dt>
    <dd>${value}</dd>
  </div>`;
}

function pageOf(text: string | undefined): number {
  return /^[1-9]\d{0,4}$/.test(text ?? "") ? Number(text) : 1;
}

function money(amount: bigint): string {
  return `NT$${amount.toLocaleString("en")}`;
}

/** `115-01-05 (2026-01-05) 09:30`: the Republic's year with the Gregorian date beside it. */
function taipeiTime(instant: Date): string {
  const local = new Date(instant.getTime() + 8 * 3_600_000).toISOString();
  const day = local.slice(0, 10);
  return `${Number(day.slice(0, 4)) - 1911}${day.slice(4)} (${day}) ${local.slice(11, 16)}`;
}
