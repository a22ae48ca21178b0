import { callerPath, servicePath, type OperationalRecord, type Traffic } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  both,
  emptyState,
  formatCount,
  formatTime,
  html,
  icon,
  inLanguage,
  page,
  show,
  table,
  tag,
  type Chrome,
  type HtmlPage,
  type HtmlValue,
} from "#ui";
import { outcomeText } from "../../desk/refusal-words.ts";
import { flowPicture, timePlot } from "./traffic-pictures.ts";

/** Minutes that the page can show, by the name in its address. */
export const windows: Readonly<Record<string, { readonly minutes: number; readonly name: Localised }>> = {
  hour: { minutes: 60, name: both("最近一小時", "Last hour") },
  day: { minutes: 24 * 60, name: both("最近一天", "Last day") },
  week: { minutes: 7 * 24 * 60, name: both("最近七天", "Last 7 days") },
  month: { minutes: 35 * 24 * 60, name: both("最近 35 天", "Last 35 days") },
};

export interface TrafficView {
  readonly window: string;
  readonly traffic: Traffic;
  /** The last single calls, newest first. */
  readonly latest: readonly OperationalRecord[];
  readonly member: string;
}

const words = {
  title: both("流量", "Traffic"),
  lede: both(
    "誰透過這個閘道和誰交換資料、有多少、多快、多少失敗。每五秒更新。",
    "Who exchanges data with whom through this gateway: how much, how fast, how much fails. Renewed every five seconds.",
  ),
  choose: both("期間", "Time"),
  none: both("這段期間沒有呼叫", "No calls in this time"),
  noneText: both(
    "有機關呼叫您的服務，或您的系統呼叫別人時，這裡就會看到。",
    "Calls of your services by others, and calls of your own systems, appear here.",
  ),
  sum: both(
    (calls: string, failed: string, rate: string) => `${calls} 次呼叫，${failed} 次失敗（${rate}）。`,
    (calls: string, failed: string, rate: string) => `${calls} calls, ${failed} failed (${rate}).`,
  ),
  over: both("呼叫隨時間的變化", "Calls over time"),
  who: both("誰和誰", "Who with whom"),
  list: both("每一條", "Each of them"),
  client: both("呼叫者", "Caller"),
  service: both("服務", "Service"),
  side: both("方向", "Direction"),
  Client: both("我方呼叫", "outgoing"),
  Producer: both("呼叫我方", "incoming"),
  calls: both("次數", "Calls"),
  failed: both("失敗", "Failed"),
  median: both("中位數 ms", "Median, ms"),
  p95: both("95% 以內 ms", "95 % within, ms"),
  bytes: both("資料量", "Data"),
  last: both("最近的呼叫", "The last calls"),
  lastText: both(
    "點代碼可以看一次呼叫為什麼被允許或拒絕，並匯出它的證據。",
    "An id leads to why a call was allowed or refused, and to its evidence.",
  ),
  at: both("時間", "When"),
  outcome: both("結果", "Outcome"),
  took: both("毫秒", "ms"),
  id: both("代碼", "Id"),
  export: both("匯出", "Export"),
  exportText: both("每次呼叫一筆，保存七天：", "One record for each call, kept for seven days:"),
  unknown: both("（無法辨識）", "(unreadable)"),
};

/** Who talks with whom through this gateway. `data-live` is renewed by script; without script a reload does it. */
export function trafficPage(view: TrafficView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { flows, slices } = view.traffic;
  const calls = flows.reduce((sum, flow) => sum + flow.calls, 0);
  const failed = flows.reduce((sum, flow) => sum + flow.failed, 0);
  const percent = calls === 0 ? "0 %" : `${((failed * 100) / calls).toFixed(1)} %`;
  const filter = html`<ul class="filter" aria-label="${t.choose}">
    ${Object.entries(windows).map(
      ([name, { name: text }]) =>
        html`<li>
          <a href="/traffic?window=${name}" ${name === view.window ? html` aria-current="true"` : ""}>${text[lang]}</a>
        </li>`,
    )}
  </ul>`;
  const name = (path: string): string => (path === "?" ? t.unknown : shortened(path, view.member));
  const found = html`<p class="lede">${t.sum(formatCount(calls), formatCount(failed), percent)}</p>
    <h2>${t.over}</h2>
    ${timePlot(slices, t.over, lang)}
    <h2>${t.who}</h2>
    ${flowPicture(flows, name, t.who, lang)}
    <h2>${t.list}</h2>
    ${table({
      caption: t.list,
      captionHidden: true,
      columns: [
        { head: t.side },
        { head: t.client },
        { head: t.service },
        { head: t.calls, number: true },
        { head: t.failed, number: true },
        { head: t.median, number: true },
        { head: t.p95, number: true },
        { head: t.bytes, number: true },
      ],
      rows: flows.slice(0, 100).map((flow) => ({
        cells: [
          t[flow.side],
          name(flow.client),
          name(flow.service),
          formatCount(flow.calls),
          formatCount(flow.failed),
          inMilliseconds(flow.median),
          inMilliseconds(flow.p95),
          inBytes(flow.bytes),
        ],
      })),
    })}
    <h2>${t.last}</h2>
    <p>${t.lastText}</p>
    ${table({
      caption: t.last,
      captionHidden: true,
      columns: [
        { head: t.at },
        { head: t.side },
        { head: t.client },
        { head: t.service },
        { head: t.outcome },
        { head: t.took, number: true },
        { head: t.id },
      ],
      rows: view.latest.map((call) => ({ cells: callCells(call, name, lang) })),
    })}`;
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${filter}
    <div data-live="/traffic?window=${view.window}">
      ${calls === 0 ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText }) : found}
    </div>
    <h2>${t.export}</h2>
    <p>
      ${t.exportText}
      <a href="/monitoring/records.csv?window=${view.window}">CSV</a>,
      <a href="/monitoring/records?window=${view.window}">JSON</a>
    </p>`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function callCells(call: OperationalRecord, name: (path: string) => string, lang: Language): readonly HtmlValue[] {
  const outcome = call.decision?.split("/").at(-1) ?? String(call.statusCode);
  const id = call.xRequestId;
  return [
    formatTime(new Date(call.responseOutTs)),
    show(words[call.securityServerType], lang),
    name(callerPath(call)),
    name(servicePath(call)),
    html`<div>
      ${tag({ text: outcomeText(outcome), tone: call.succeeded ? "good" : "bad" }, lang)} <code>${outcome}</code>
    </div>`,
    inMilliseconds(call.responseOutTs - call.requestInTs),
    id === undefined
      ? "–"
      : html`<a href="/rights/ask?id=${encodeURIComponent(id)}"><code>${id.slice(0, 8)}…</code></a>`,
  ];
}

/** The own member's name is left out: everybody here knows it. */
function shortened(path: string, member: string): string {
  const text = decodeURIComponent(path);
  const [instance = ""] = member.split("/");
  if (text.startsWith(`${member}/`)) return text.slice(member.length + 1);
  return text.startsWith(`${instance}/`) ? text.slice(instance.length + 1) : text;
}

function inMilliseconds(value: number | undefined): string {
  return value === undefined ? "–" : value < 10 ? value.toFixed(1) : formatCount(Math.round(value));
}

function inBytes(bytes: number): string {
  const units = ["B", "KB", "MB", "GB", "TB"];
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}
