import { html } from "hono/html";
import { magicEndings } from "./magic.ts";
import type { ReceivedFile, Report } from "./store.ts";

type Html = ReturnType<typeof html>;

export const stylesheet = `body{font:1rem/1.7 system-ui,sans-serif;margin:0 auto;max-width:56rem;padding:1rem;color:#1d2521;background:#fbfaf7}
.simulator{background:#7a2e0e;color:#fff;padding:.75rem 1rem;border-radius:.5rem;font-weight:600;margin:0}
.simulator span,h1 span,h2 span{display:block}h1{font-size:1.75rem;line-height:1.4}h2{font-size:1.25rem;line-height:1.5;margin-top:2.5rem}
h1 span,h2 span{font-size:.75em;font-weight:500;color:#4a5650}
article{background:#fff;border:1px solid #d8d5cc;border-radius:.5rem;padding:1rem;margin:0 0 1rem}article h3{margin:0 0 .5rem;font-size:1rem}
dl{display:grid;grid-template-columns:repeat(auto-fit,minmax(13rem,1fr));gap:.5rem 1.5rem;margin:0}dt{color:#4a5650;font-size:.875rem}dd{margin:0;overflow-wrap:anywhere}
code{overflow-wrap:anywhere}table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #d8d5cc;vertical-align:top}
td span{display:block;color:#4a5650}`;

/** The simulator's only page: what it received and what it answered. Shows no names and no accounts. */
export function bankPage(files: readonly ReceivedFile[], reports: readonly Report[]): Html {
  const none = html`<p>還沒有檔案。<span lang="en">No file yet.</span></p>`;
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
          <h1>銀行模擬器 <span lang="en">Bank simulator</span></h1>
          <h2>收到的撥款檔 <span lang="en">Payment files received</span></h2>
          ${files.length === 0 ? none : files.map((file) => fileCard(file, reports))}
          <h2>帳號末四碼決定結果 <span lang="en">The last four digits of an account decide</span></h2>
          <table>
            <tbody>
              ${Object.entries(magicEndings).map(([ending, { text }]) => endingRow(ending, text["zh-Hant"], text.en))}
              ${endingRow("其他 others", "入帳", "paid")}
            </tbody>
          </table>
        </main>
      </body>
    </html>`;
}

function endingRow(ending: string, zh: string, en: string): Html {
  return html`<tr>
    <th scope="row"><code>${ending}</code></th>
    <td>${zh}<span lang="en">${en}</span></td>
  </tr>`;
}

function fileCard(file: ReceivedFile, reports: readonly Report[]): Html {
  const own = reports.filter((report) => report.messageId === file.messageId);
  return html`<article>
    <h3><code>${file.messageId}</code></h3>
    <dl>
      ${fact("筆數", "Lines", file.lines)} ${fact("總額", "Total", `NT$${file.total.toLocaleString("en")}`)}
      ${fact("收到（臺北時間）", "Received, Taipei time", taipeiTime(file.receivedAt))}
      ${fact("回覆", "Reports", own.length === 0 ? "—" : own.map((report) => report.name).join(" · "))}
    </dl>
  </article>`;
}

function fact(zh: string, en: string, value: string | number): Html {
  return html`<div>
    <dt>${zh} <span lang="en">${en}</span></dt>
    <dd>${value}</dd>
  </div>`;
}

/** `115-01-05 (2026-01-05) 09:30`: the Republic's year with the Gregorian date beside it. */
function taipeiTime(instant: Date): string {
  const local = new Date(instant.getTime() + 8 * 3_600_000).toISOString();
  const day = local.slice(0, 10);
  return `${Number(day.slice(0, 4)) - 1911}${day.slice(4)} (${day}) ${local.slice(11, 16)}`;
}
