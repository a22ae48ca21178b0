import { html } from "hono/html";
import { magicEndings } from "./magic.ts";
import type { ReceivedFile, Report } from "./store.ts";

type Html = ReturnType<typeof html>;

export const stylesheet = `body{font:1rem/1.7 system-ui,sans-serif;margin:0 auto;max-width:60rem;padding:1rem;color:#1d2521;background:#fbfaf7}
.simulator{background:#7a2e0e;color:#fff;padding:.75rem 1rem;border-radius:.5rem;font-weight:600}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%}th,td{text-align:start;padding:.4rem .8rem .4rem 0;border-bottom:1px solid #d8d5cc;vertical-align:top}
td.number{text-align:end;font-variant-numeric:tabular-nums}code{overflow-wrap:anywhere}`;

/** The simulator's only page: what it received and what it answered. Shows no names and no accounts. */
export function bankPage(files: readonly ReceivedFile[], reports: readonly Report[]): Html {
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
          ${
            files.length === 0
              ? html`<p>還沒有檔案。<span lang="en">No file yet.</span></p>`
              : html`<div class="scroll">
                  <table>
                    <thead>
                      <tr>
                        <th scope="col">訊息識別碼 <span lang="en">Message</span></th>
                        <th scope="col">筆數 <span lang="en">Lines</span></th>
                        <th scope="col">總額 <span lang="en">Total (TWD)</span></th>
                        <th scope="col">收到 <span lang="en">Received</span></th>
                        <th scope="col">回覆 <span lang="en">Reports</span></th>
                      </tr>
                    </thead>
                    <tbody>
                      ${files.map((file) => fileRow(file, reports))}
                    </tbody>
                  </table>
                </div>`
          }
          <h2>帳號末四碼決定結果 <span lang="en">The last four digits of an account decide</span></h2>
          <div class="scroll">
            <table>
              <tbody>
                ${Object.entries(magicEndings).map(
                  ([ending, { text }]) =>
                    html`<tr>
                      <th scope="row"><code>${ending}</code></th>
                      <td>${text["zh-Hant"]}</td>
                      <td lang="en">${text.en}</td>
                    </tr>`,
                )}
                <tr>
                  <th scope="row">其他 <span lang="en">others</span></th>
                  <td>入帳</td>
                  <td lang="en">paid</td>
                </tr>
              </tbody>
            </table>
          </div>
        </main>
      </body>
    </html>`;
}

function fileRow(file: ReceivedFile, reports: readonly Report[]): Html {
  const own = reports.filter((report) => report.messageId === file.messageId);
  return html`<tr>
    <td><code>${file.messageId}</code></td>
    <td class="number">${file.lines}</td>
    <td class="number">${file.total.toLocaleString("en")}</td>
    <td>${file.receivedAt.toISOString().slice(0, 19)}Z</td>
    <td>${own.length === 0 ? "—" : own.map((report) => html`<code>${report.name}</code><br />`)}</td>
  </tr>`;
}
