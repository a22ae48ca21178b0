import type { Language } from "#kernel";
import { both, formatCount, html, inLanguage, show, type Html, type Text } from "#ui";
import type { Banking } from "../contract.ts";
import type { WeekOfAccount } from "../views/store-view.ts";
import { moneyText } from "./words.ts";

/** One bar: its length is its share of the longest. */
export interface Bar {
  readonly label: Text | Html;
  readonly value: bigint;
  /** What stands at the end of the bar. */
  readonly text: string;
  readonly tone?: "good" | "wait" | "info" | "bad" | "quiet";
  readonly href?: string | undefined;
}

function isHtml(label: Text | Html): label is Html {
  return typeof label === "object" && "isEscaped" in label;
}

/** Bars under each other, their lengths in proportion to the longest, or to `whole` if that is more. The words are text beside the picture, so nothing is lost to those who do not see it. */
export function bars(rows: readonly Bar[], lang: Language, whole: bigint = 1n): Html {
  const most = rows.reduce((max, { value }) => (abs(value) > max ? abs(value) : max), whole);
  return html`<ul class="bars">
    ${rows.map(({ label, value, text, tone, href }) => {
      const share = Number((abs(value) * 1000n) / most) / 10;
      const name = isHtml(label) ? label : show(label, lang);
      return html`<li>
        <span class="bar-name">${href ? html`<a href="${href}">${name}</a>` : name}</span>
        <svg class="bar-line ${tone ?? "info"}" width="100%" height="14" aria-hidden="true" focusable="false">
          <rect class="rail" width="100%" height="14" rx="3" />
          <rect width="${Math.max(share, value === 0n ? 0 : 0.8)}%" height="14" rx="3" />
        </svg>
        <span class="bar-value">${text}</span>
      </li>`;
    })}
  </ul>`;
}

function abs(value: bigint): bigint {
  return value < 0n ? -value : value;
}

const words = {
  weeks: both("最近十二週，每週金額", "The last twelve weeks, amounts by week"),
  sent: both("送銀行", "To the bank"),
  paid: both("入帳", "Paid"),
  returned: both("退件或退回", "Refused or came back"),
  figures: both("看數字", "See the figures"),
  week: both("週（星期一）", "Week (Monday)"),
  none: both("這段期間沒有款項往來。", "No money moved in this time."),
};

const series = [
  ["in-transit", "sent"],
  ["paid", "paid"],
  ["returned", "returned"],
] as const;

/** Columns of twelve weeks: what went to the bank, what was paid, what came back; the figures stand below. */
export function weekColumns(
  weeks: readonly WeekOfAccount[],
  o: { readonly now: Date; readonly utcOffset: string; readonly currency: Banking["currency"] },
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  const mondays = lastMondays(o.now, o.utcOffset, 12);
  const at = (week: string, account: string) => weeks.find((one) => one.week === week && one.account === account);
  const shown = weeks.filter(({ week }) => mondays.includes(week));
  if (shown.length === 0) return html`<p>${t.none}</p>`;
  const most = shown.reduce((max, { amount }) => (amount > max ? amount : max), 1n);
  const height = 130;
  const slot = 100 / mondays.length;
  const columns = mondays.map((week, w) =>
    series.map(([account], s) => {
      const amount = at(week, account)?.amount ?? 0n;
      const tall = Math.max(Number((amount * 1000n) / most) / 1000, amount > 0n ? 0.015 : 0) * height;
      return html`<rect
        class="series-${s}"
        x="${(w * slot + slot * (0.14 + s * 0.25)).toFixed(2)}%"
        y="${(height - tall + 6).toFixed(1)}"
        width="${(slot * 0.22).toFixed(2)}%"
        height="${tall.toFixed(1)}"
      />`;
    }),
  );
  return html`<figure class="weeks">
    <ul class="key">
      ${series.map(
        ([, key], s) =>
          html`<li>
            <svg width="12" height="12" aria-hidden="true" focusable="false">
              <rect class="series-${s}" width="12" height="12" rx="2" />
            </svg>
            ${t[key]}
          </li>`,
      )}
    </ul>
    <svg width="100%" height="160" role="img" aria-label="${t.weeks}" focusable="false">
      <rect class="axis" x="0" y="${height + 6}" width="100%" height="1" />
      ${columns}${mondays.map((week, w) =>
        w % 3 === 2
          ? html`<text
              x="${w === mondays.length - 1 ? "100" : ((w + 0.5) * slot).toFixed(2)}%"
              y="${height + 24}"
              text-anchor="${w === mondays.length - 1 ? "end" : "middle"}"
              >${week.slice(5).replace("-", "/")}</text
            >`
          : "",
      )}
    </svg>
    <details class="fold">
      <summary>${t.figures}</summary>
      <table>
        <caption class="aside">
          ${t.weeks}
        </caption>
        <thead>
          <tr>
            <th scope="col">${t.week}</th>
            ${series.map(([, key]) => html`<th scope="col" class="num">${t[key]}</th>`)}
          </tr>
        </thead>
        <tbody>
          ${mondays
            .filter((week) => shown.some((one) => one.week === week))
            .map(
              (week) =>
                html`<tr>
                  <th scope="row">${week}</th>
                  ${series.map(([account]) => {
                    const one = at(week, account);
                    return html`<td class="num">
                      ${one ? html`${moneyText(one.amount, o.currency, lang)} <small>(${formatCount(one.count)})</small>` : "–"}
                    </td>`;
                  })}
                </tr>`,
            )}
        </tbody>
      </table>
    </details>
  </figure>`;
}

function lastMondays(now: Date, utcOffset: string, count: number): string[] {
  const local = new Date(
    `${now.toISOString().slice(0, 19)}${utcOffset.startsWith("-") ? utcOffset.replace("-", "+") : utcOffset.replace("+", "-")}`,
  );
  const monday = local.getTime() - ((local.getUTCDay() + 6) % 7) * 86_400_000;
  return Array.from({ length: count }, (_, n) =>
    new Date(monday - (count - 1 - n) * 7 * 86_400_000).toISOString().slice(0, 10),
  );
}
