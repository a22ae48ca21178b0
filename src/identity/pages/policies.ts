import type { Language, Localised } from "#kernel";
import {
  both,
  details,
  formatCount,
  formatDateTime,
  html,
  inLanguage,
  page,
  show,
  table,
  tag,
  type Area,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";
import type { Explained, PolicyRule, PolicySet } from "../authorisation/index.ts";

const words = {
  title: both("誰可以做什麼", "Who may do what"),
  lede: both(
    "系統照這些規則准許或拒絕。沒有規則准許的事，一律不准；一條禁止勝過所有准許。每次決定都記下用了哪一版。",
    "The system allows and refuses by these policies. What none permits is refused, and one that forbids outweighs all that permit. Each decision records the version it used.",
  ),
  permit: both("准許", "Permits"),
  forbid: both("禁止", "Forbids"),
  text: both("規則原文（Cedar）", "The policy itself (Cedar)"),
  versions: both("用過的版本", "Versions used"),
  version: both("版本", "Version"),
  firstUsed: both("開始使用", "In use from"),
  decisions: both("決定次數", "Decisions"),
  file: both("下載現行規則", "Download the policies in force"),
  schema: both("下載資料型別", "Download their schema"),
  current: both("現行", "In force"),

  whyAllowed: both("系統為什麼准許", "Why the system allowed this"),
  whyRefused: both("系統為什麼拒絕", "Why the system refused this"),
  allowed: both("准許", "Allowed"),
  refused: both("拒絕", "Refused"),
  what: both("要做的事", "What was asked"),
  about: both("對象", "About"),
  when: both("時間", "When"),
  as: both("身分", "As"),
  roles: both("角色", "Roles"),
  noRoles: both("沒有角色", "no roles"),
  proof: both("登入強度", "Sign-in"),
  because: both("依據", "Because"),
  noneBecause: both("沒有規則准許這件事。", "No policy permits it."),
  faultBecause: both(
    "規則無法判斷這個請求，因此拒絕。請通知系統管理人員。",
    "The policies could not judge this request, so it was refused. Tell whoever runs this site.",
  ),
  would: both("這些規則准許這件事", "These policies would permit it"),
  person: both("一般使用者", "a member of the public"),
  list: both("我的授權決定", "Decisions about what I may do"),
  listLede: both(
    "系統判斷您能不能做一件事時，會留下紀錄。",
    "Whenever the system judges whether you may do something, it keeps a record.",
  ),
  empty: both("還沒有決定。", "None so far."),
  outcome: both("結果", "Outcome"),
};

const actionTitles: Readonly<Record<string, Localised>> = {
  "desk:open": both("開啟櫃檯", "open the desk"),
  "client:decide": both("核可應用程式上線", "let a relying party sign in real people"),
  "case:view": both("看一件案件", "see a case"),
  "case:decide": both("核定或駁回案件", "approve or refuse a case"),
  "case:release": both("放行付款", "release a payment"),
  "case:return": both("把案件退回給承辦人", "send a case back to the caseworkers"),
  "powers:read": both("查誰可以代理誰", "look up who could act for whom"),
  "decision:explain": both("看授權決定的說明", "read why something was decided"),
  "staff:open": both("看機關的人員與權限", "see an agency's staff and roles"),
  "staff:arrange": both("編排小組", "arrange teams"),
  "staff:ask": both("邀請人員", "invite somebody"),
  "staff:give": both("給予或延長權限", "give or extend a role"),
  "staff:review": both("複核權限", "review a role"),
  "staff:end": both("收回權限", "take a role away"),
  "rules:open": both("看規則的修正", "see changes of rules"),
  "rules:draft": both("提出規則的修正", "draft a change of a rule"),
  "rules:activate": both("啟用規則的修正", "put a change of a rule into force"),
  "rules:withdraw": both("收回還沒施行的規則", "take back a rule that is not in force yet"),
  "office:accept": both("接受機關的邀請", "accept an agency's invitation"),
};

/** What policies are about, by the first part of their actions' names, in the order in which people would ask. */
const subjects: readonly { readonly title: Localised; readonly of: readonly string[] }[] = [
  { title: both("案件處理", "Casework"), of: ["desk", "case"] },
  { title: both("規則的修正", "Changes of rules"), of: ["rules"] },
  { title: both("機關的人員", "An agency's staff"), of: ["staff", "office"] },
  { title: both("其他機關與公司的應用程式", "Applications that sign people in"), of: ["client"] },
  { title: both("查詢與說明", "Looking things up, and reading why"), of: ["powers", "decision"] },
];

const acrTitles: Readonly<Record<string, Localised>> = {
  "urn:taroko:loa:high": both("高", "high"),
  "urn:taroko:loa:substantial": both("中", "substantial"),
  "urn:taroko:loa:low": both("低", "low"),
};

/** Where these pages link to. */
export const policyPaths = {
  policies: "/policies",
  text: "/policies/policies.cedar",
  schema: "/policies/schema",
  decisions: "/decisions",
} as const;

/** The policies in force, open to everybody, and the versions before them. */
export function policiesPage(
  view: {
    readonly area: Area;
    readonly set: PolicySet;
    readonly versions: readonly { readonly version: string; readonly firstUsed: Date; readonly decisions: number }[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${bySubject(view.set.rules).map(
      ([title, rules]) =>
        html`<h2>${show(title, lang)}</h2>
          ${rulesList(rules, lang)}`,
    )}
    <p>
      <a href="${policyPaths.text}" download>${t.file}</a> · <a href="${policyPaths.schema}" download>${t.schema}</a>
    </p>
    <p>${t.version} <code>${view.set.version.slice(0, 16)}</code></p>
    ${view.versions.length === 0 ? "" : versionsTable(view.set, view.versions, lang)}`;
  return page({ ...chrome, lang, title: t.title, area: view.area, active: "rules", body });
}

function versionsTable(
  set: PolicySet,
  versions: readonly { readonly version: string; readonly firstUsed: Date; readonly decisions: number }[],
  lang: Language,
): Html {
  const t = inLanguage(words, lang);
  return html`<h2>${t.versions}</h2>
    ${table({
      caption: t.versions,
      captionHidden: true,
      columns: [{ head: t.version }, { head: t.firstUsed }, { head: t.decisions, number: true }],
      rows: versions.map(({ version, firstUsed, decisions }) => ({
        cells: [
          html`<code>${version.slice(0, 16)}</code>
            ${version === set.version ? tag({ tone: "good", text: words.current }, lang) : ""}`,
          formatDateTime(firstUsed, lang),
          formatCount(decisions),
        ],
      })),
    })}`;
}

/** One decision, explained to somebody who may know: what was wished, and the policies that decided, as they stood then. */
export function decisionPage(
  view: { readonly area: Area; readonly decision: Explained },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { decision } = view;
  const title = decision.allowed ? t.whyAllowed : t.whyRefused;
  const attributes = decision.request.principal.attributes;
  const roles = (attributes?.["roles"] as readonly string[] | undefined)?.join(", ");
  const agency = (attributes?.["agency"] as { id: string } | undefined)?.id;
  const line = (name: string, value: Html | string) =>
    html`<div>
      <dt>${name}</dt>
      <dd>${value}</dd>
    </div>`;
  const body = html`<h1>${title}</h1>
    <dl class="facts">
      ${line(t.what, actionTitle(decision.action, lang))}
      ${line(t.about, html`${decision.resource.type} <code>${decision.resource.id}</code>`)}
      ${line(t.when, formatDateTime(decision.at, lang))} ${line(t.as, agency === undefined ? t.person : agency)}
      ${agency === undefined ? "" : line(t.roles, roles || t.noRoles)}
      ${line(t.proof, acrTitle(decision.request.proof.acr, lang))}
      ${line(t.version, html`<a href="${policyPaths.policies}"><code>${decision.version.slice(0, 16)}</code></a>`)}
    </dl>
    <h2>${t.because}</h2>
    ${because(decision, lang)}`;
  return page({ ...chrome, lang, title, area: view.area, body });
}

/** What was decided about one's own wishes, newest first. `olderHref` leads to those before. */
export function decisionsPage(
  view: { readonly area: Area; readonly decisions: readonly Explained[]; readonly olderHref?: string },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const rows = view.decisions.map((decision) => ({
    cells: [
      html`<a href="${policyPaths.decisions}/${decision.id}">${actionTitle(decision.action, lang)}</a>`,
      formatDateTime(decision.at, lang),
      tag({ tone: decision.allowed ? "good" : "bad", text: decision.allowed ? words.allowed : words.refused }, lang),
    ],
  }));
  const body = html`<h1>${t.list}</h1>
    <p class="lede">${t.listLede}</p>
    ${
      rows.length === 0
        ? html`<p>${t.empty}</p>`
        : table({
            caption: t.list,
            captionHidden: true,
            columns: [{ head: t.what }, { head: t.when }, { head: t.outcome }],
            rows,
          })
    }
    ${view.olderHref ? html`<p><a href="${view.olderHref}">${show(both("更早的", "Earlier"), lang)}</a></p>` : ""}`;
  return page({ ...chrome, lang, title: t.list, area: view.area, body });
}

function because(decision: Explained, lang: Language): Html {
  const t = inLanguage(words, lang);
  if (decision.reason === "policy-fault") return html`<p>${t.faultBecause}</p>`;
  if (decision.decided.length > 0) return rulesList(decision.decided, lang);
  return html`<p>${t.noneBecause}</p>
    ${
      decision.wouldPermit.length > 0
        ? html`<h2>${t.would}</h2>
            ${rulesList(decision.wouldPermit, lang)}`
        : ""
    }`;
}

function bySubject(rules: readonly PolicyRule[]): [Localised, PolicyRule[]][] {
  const other = both("其他", "Other");
  const titleOf = ({ actions }: PolicyRule): Localised =>
    subjects.find(({ of }) => actions.some((action) => of.includes(action.split(":")[0]!)))?.title ?? other;
  const groups = Map.groupBy(rules, titleOf);
  return [...subjects.map(({ title }) => title), other].flatMap((title) => {
    const group = groups.get(title);
    return group ? [[title, group] as [Localised, PolicyRule[]]] : [];
  });
}

function rulesList(rules: readonly PolicyRule[], lang: Language): Html {
  return html`<ul class="picks">
    ${rules.map(
      (rule) =>
        html`<li id="${rule.id}">
          <p>
            ${tag(rule.effect === "permit" ? { tone: "good", text: words.permit } : { tone: "bad", text: words.forbid }, lang)}
            ${show(rule.title, lang)}
          </p>
          ${details(words.text[lang], html`<pre><code>${rule.text}</code></pre>`)}
        </li>`,
    )}
  </ul>`;
}

function actionTitle(action: string, lang: Language): Html | string {
  const title = actionTitles[action];
  return title ? title[lang] : html`<code>${action}</code>`;
}

function acrTitle(acr: string, lang: Language): string {
  return acrTitles[acr]?.[lang] ?? acr;
}
