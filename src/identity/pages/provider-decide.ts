import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  details,
  factList,
  form,
  formatDate,
  html,
  inLanguage,
  page,
  show,
  table,
  textInput,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import type { ClientActRow, ClientRow } from "../provider/store-clients.ts";
import { actsTable } from "./provider-client-acts.ts";
import { clientLabels } from "./provider-client-form.ts";
import { clientPaths } from "./provider-clients.ts";

const words = {
  title: both("等待核可的應用程式", "Clients that wait for approval"),
  intro: both(
    "兩位承辦人都核可才會上線，效期一年。自己管理的應用程式不能自己核可。",
    "Each goes into production when two officers approve it, for a year. Nobody decides on a client of their own.",
  ),
  none: both("沒有等待核可的應用程式。", "No client waits."),
  approvals: both(
    (n: number) => `已有 ${n} 位核可，需要 2 位`,
    (n: number) => `${n} of 2 approvals`,
  ),
  approve: both("核可", "Approve"),
  refuse: both("不核可", "Turn down"),
  reason: both("理由", "Reason"),
  refuseHint: both("不核可時要寫；對方看得到。", "Needed to turn it down; its people read it."),
  stopHint: both("要寫；對方看得到。", "Needed; its people read it."),
  id: both("client_id", "client_id"),
  owner: both("機關", "Organisation"),
  purpose: both("目的", "Purpose"),
  retention: both("保存多久", "Kept for"),
  asks: both("要求", "Asks for"),
  until: both("有效到", "Until"),
  name: both("名稱", "Name"),
  stoppedTitle: both("已停用的應用程式", "Stopped clients"),
  seen: both("我複查過了，維持停用", "I looked at it: leave it stopped"),
  approveAnew: both("重新核可", "Approve anew"),
  workingTitle: both("使用中的應用程式", "Clients that work"),
  stop: both("停用", "Stop it"),
  stopText: both(
    "停用馬上生效：沒有人能再用它登入，已經給出的授權結束，並通知它結束登入。請另一位核可人複查；兩位重新核可就恢復。",
    "It takes effect at once: nobody signs in at it, what people granted ends, and it is told to end its sessions. Another officer is asked to look; two approve it anew to bring it back.",
  ),
};

/** What an officer for clients looks at. */
export interface DecideView {
  readonly waiting: readonly {
    readonly client: ClientRow;
    readonly approvals: number;
    readonly acts: readonly ClientActRow[];
  }[];
  readonly working: readonly ClientRow[];
  /** Who looks. */
  readonly officer: string;
}

/** What waits for two officers; what was stopped; and what works, which one officer may stop. */
export function decideClientsPage(view: DecideView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const isStopped = ({ client }: DecideView["waiting"][number]): boolean => client.status === "stopped";
  const waiting = view.waiting.filter((one) => !isStopped(one));
  const stopped = view.waiting.filter(isStopped);
  const decide = (client: ClientRow, content: Html): Html =>
    form(
      { action: clientPaths.decide, csrf: chrome.csrf },
      html`<input type="hidden" name="client" value="${client.id}" /> ${content}`,
    );
  const reason = (client: ClientRow, what: "refuse" | "stop", hint: typeof words.stopHint): Html =>
    textInput({ id: `${what}-${client.id}`, name: "reason", label: words.reason, hint, rows: 2 }, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.intro}</p>
    ${waiting.length === 0 ? html`<p>${t.none}</p>` : ""}
    ${waiting.map(
      ({ client, approvals, acts }) =>
        html`<section class="card">
          <h2>${show(client.metadata.name, lang)}</h2>
          ${factList(factsOf(client), lang)} ${acts.length > 0 ? actsTable(acts, true, lang) : ""}
          <p>${t.approvals(approvals)}</p>
          ${decide(
            client,
            html`${reason(client, "refuse", words.refuseHint)}
            ${actions(
              button(t.approve, { name: "answer", value: "approve" }),
              button(t.refuse, { name: "answer", value: "refuse", kind: "stop" }),
            )}`,
          )}
        </section>`,
    )}
    ${stopped.length > 0 ? html`<h2>${t.stoppedTitle}</h2>` : ""}
    ${stopped.map(({ client, approvals, acts }) => {
      const last = acts.find(({ what }) => what === "stopped");
      const mayLook = last?.seen_by === null && last.officer_id !== view.officer;
      return html`<section class="card">
        <h3>${show(client.metadata.name, lang)}</h3>
        ${factList(factsOf(client), lang)} ${actsTable(acts, true, lang)}
        <p>${t.approvals(approvals)}</p>
        ${decide(
          client,
          actions(
            mayLook ? button(t.seen, { name: "answer", value: "seen" }) : "",
            button(t.approveAnew, { name: "answer", value: "approve", kind: "quiet" }),
          ),
        )}
      </section>`;
    })}
    ${
      view.working.length > 0
        ? html`<h2>${t.workingTitle}</h2>
            ${table({
              caption: t.workingTitle,
              captionHidden: true,
              columns: [{ head: t.name }, { head: t.owner }, { head: t.until }],
              rows: view.working.map((client) => ({
                cells: [
                  show(client.metadata.name, lang),
                  show(client.owner, lang),
                  client.expires_at ? formatDate(client.expires_at, lang) : "–",
                ],
                below: details(
                  html`${t.stop}<span class="aside"> ${show(client.metadata.name, lang)}</span>`,
                  html`<p>${t.stopText}</p>
                    ${decide(
                      client,
                      html`${reason(client, "stop", words.stopHint)}
                      ${actions(button(t.stop, { name: "answer", value: "stop", kind: "stop" }))}`,
                    )}`,
                ),
              })),
            })}`
        : ""
    }`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function factsOf({ id, owner, metadata }: ClientRow) {
  return [
    { label: words.id, value: html`<code>${id}</code>` },
    { label: words.owner, value: owner },
    { label: words.purpose, value: metadata.purpose },
    { label: clientLabels.legalBasis[0], value: metadata.legalBasis || "—" },
    { label: words.retention, value: metadata.retention },
    { label: clientLabels.redirectUris[0], value: metadata.redirectUris.join(" ") },
    { label: words.asks, value: ["openid", "name", ...metadata.scopes].join(" ") },
    { label: clientLabels.optional[0], value: metadata.optional.join(" ") || "—" },
    { label: clientLabels.minAcr[0], value: metadata.minAcr },
    { label: clientLabels.mandates[0], value: metadata.mandates.join(" ") || "—" },
  ];
}
