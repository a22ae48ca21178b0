import type { Language } from "#kernel";
import { both, html, inLanguage, type HtmlValue, type Tag } from "#ui";
import type { BatchState } from "../batches/store-batches.ts";
import type { Roster } from "../batches/store-rosters.ts";

const words = {
  refreshes: both("這一頁每 10 秒自己更新。", "This page renews itself every ten seconds."),
  stop: both("停止更新", "Stop that"),
};

const states: Readonly<Record<BatchState, readonly [Tag["tone"], string, string]>> = {
  gathering: ["info", "編製中", "Being gathered"],
  proposed: ["wait", "待放行", "To be released"],
  released: ["good", "已放行", "Released"],
  recalled: ["quiet", "已抽回", "Recalled"],
  changed: ["bad", "內容已變，放行失效", "Changed; releases are void"],
  stopped: ["bad", "停住", "Stopped"],
};

/** A batch's state. */
export function batchTag(state: BatchState): Tag {
  const [tone, zh, en] = states[state];
  return { tone, text: both(zh, en) };
}

/** A roster's state. */
export const rosterStates: Readonly<Record<Roster["state"], Tag>> = {
  reading: { tone: "info", text: both("讀取中", "Being read") },
  read: { tone: "good", text: both("讀完", "Read") },
  stopped: { tone: "bad", text: both("停住", "Stopped") },
};

/** Says that the page renews itself, and where it does not. */
export function renewing(renews: { readonly stopHref: string } | undefined, lang: Language): HtmlValue {
  const t = inLanguage(words, lang);
  return renews ? html`<p class="remark">${t.refreshes} <a href="${renews.stopHref}">${t.stop}</a></p>` : "";
}
