import type { Language } from "#kernel";
import { both, formatCount, formatShortDate, formatTime, html, inLanguage, table, type Html } from "#ui";

/** How many entries each hour or day brought. */
export interface RateView {
  readonly by: "hour" | "day";
  /** Oldest first; the last one is still running. */
  readonly bars: readonly { readonly from: Date; readonly count: number }[];
  readonly hourHref: string;
  readonly dayHref: string;
}

const words = {
  title: both("多常寫入", "How often it is written to"),
  hour: both("最近 24 小時", "Last 24 hours"),
  day: both("最近 14 天", "Last 14 days"),
  sum: both(
    (all: string, most: string) => `共 ${all} 筆，最多的一格 ${most} 筆。`,
    (all: string, most: string) => `${all} entries; ${most} in the busiest.`,
  ),
  numbers: both("數字", "The numbers"),
  from: both("開始於", "From"),
  count: both("筆數", "Entries"),
  note: both(
    "依每一筆自己寫的時間計算；最後一格還沒過完。",
    "By the time each entry states; the last bar is not over yet.",
  ),
  none: both("還在讀這份紀錄，請稍後重新整理。", "The log is still being read; reload in a moment."),
};

const plot = { width: 340, height: 110, base: 88, top: 18 };

/** A bar for each hour or day, drawn on the server; the numbers stand in a table behind it. */
export function ratePlot(view: RateView | undefined, lang: Language): Html {
  const t = inLanguage(words, lang);
  if (!view)
    return html`<h2>${t.title}</h2>
      <p class="remark">${t.none}</p>`;
  const counts = view.bars.map(({ count }) => count);
  const most = Math.max(0, ...counts);
  const all = counts.reduce((sum, count) => sum + count, 0);
  const step = plot.width / Math.max(1, counts.length);
  const labelOf = view.by === "hour" ? (at: Date) => formatTime(at) : (at: Date) => formatShortDate(at, lang);
  const said = t.sum(formatCount(all), formatCount(most));
  const ends = [view.bars[0], view.bars.at(-1)];
  return html`<h2>${t.title}</h2>
    <ul class="filter">
      <li><a href="${view.hourHref}" ${view.by === "hour" ? html` aria-current="true"` : ""}>${t.hour}</a></li>
      <li><a href="${view.dayHref}" ${view.by === "day" ? html` aria-current="true"` : ""}>${t.day}</a></li>
    </ul>
    <figure class="rate">
      <svg viewBox="0 0 ${plot.width} ${plot.height}" role="img" aria-labelledby="rate-title">
        <title id="rate-title">${view.by === "hour" ? t.hour : t.day}${lang === "en" ? ": " : "："}${said}</title>
        <path class="base" d="M0 ${plot.base}H${plot.width}" />
        <text x="0" y="12">${formatCount(most)}</text>
        ${counts.map((count, at) => {
          const tall = most === 0 ? 0 : Math.round(((plot.base - plot.top) * count) / most);
          const seen = count > 0 ? Math.max(2, tall) : 0;
          return html`<rect
            class="bar"
            x="${(at * step + 1).toFixed(1)}"
            y="${plot.base - seen}"
            width="${(step - 2).toFixed(1)}"
            height="${seen}"
          />`;
        })}
        <text x="0" y="105">${ends[0] ? labelOf(ends[0].from) : ""}</text>
        <text class="end" x="${plot.width}" y="105">${ends[1] ? labelOf(ends[1].from) : ""}</text>
      </svg>
      <figcaption>${said} ${t.note}</figcaption>
    </figure>
    <details class="fold">
      <summary>${t.numbers}</summary>
      <div class="fold-body">
        ${table({
          caption: view.by === "hour" ? t.hour : t.day,
          columns: [{ head: t.from }, { head: t.count, number: true }],
          rows: view.bars.map(({ from, count }) => ({
            cells: [
              view.by === "hour" ? `${formatShortDate(from, lang)} ${formatTime(from)}` : formatShortDate(from, lang),
              formatCount(count),
            ],
          })),
        })}
      </div>
    </details>`;
}
