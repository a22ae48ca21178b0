import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  checkbox,
  errorOf,
  errorSummary,
  fieldset,
  form,
  formatDate,
  html,
  inLanguage,
  note,
  page,
  postButton,
  selectInput,
  show,
  table,
  tag,
  textInput,
  timeline,
  type Chrome,
  type FieldError,
  type HtmlPage,
  type HtmlValue,
} from "#ui";
import { roleTitles, type OfficeRole, type PostAction, type StaffMember, type StepRow } from "../officers/index.ts";
import { officeStepTitles, roleTags, roleTitle, staffPaths, twoNetworks, untilText } from "./staff-words.ts";

const words = {
  back: both("所有人員", "All staff"),
  invitedUntil: both(
    (day: string) => `邀請有效到 ${day}`,
    (day: string) => `The invitation is good until ${day}`,
  ),
  role: both("權限", "Role"),
  roles: both("權限", "Roles"),
  until: both("到期", "Until"),
  state: both("狀態", "State"),
  teams: both("小組", "Teams"),
  reviewed: both("還需要：完成複核", "Still needed: review"),
  inviteTitle: both("邀請人員加入貴機關", "Invite somebody to your agency's staff"),
  inviteName: both("姓名", "Name"),
  number: both("身分證統一編號（可不填）", "National identification number (may be left out)"),
  numberHint: both(
    "填了，對方用卡片登入就會看到邀請。不會顯示給任何人，也不會告訴您這裡有沒有這個人。",
    "With it they see the invitation on signing in with their card. It is shown to nobody, and you are not told whether the person is known here.",
  ),
  give: both("給哪些權限？", "Which roles?"),
  giveHint: both(
    "人員管理者、資安人員、放行人，須由另一位人員管理者同意才生效。",
    "For staff managers, security officers and approvers another manager has to agree.",
  ),
  lasts: both("多久？", "For how long?"),
  send: both("邀請", "Invite"),
  done: both("已邀請", "Invited"),
  code: both("邀請代碼", "Invitation code"),
  codeText: both(
    "請親自交給本人。只在這裡顯示這一次；30 天內可用一次。",
    "Hand it to the person yourself. It is shown here once, and is good once within 30 days.",
  ),
  codeNumber: both(
    "對方用卡片登入也會直接看到邀請。",
    "On signing in with their card they also see the invitation at once.",
  ),

  account: both("已連結機關帳號登入。", "Signs in with an account of the agency."),
  networks: both(
    "請問問本人；若不是他，請收回權限並請他換卡。從哪裡登入，只有本人看得到。",
    "Ask them. If it was not them, take their roles away and let them replace their card. Only they can see from where.",
  ),
  asksFor: both(
    (day: string) => `有人提出，到 ${day} 為止`,
    (day: string) => `Asked for, until ${day}`,
  ),
  agree: both("同意", "Agree"),
  decline: both("不同意", "Turn down"),
  end: both("收回", "Take away"),
  more: both("給予或延長權限", "Give a role, or a later end"),
  giveIt: both("給予", "Give"),
  saveTeams: both("儲存小組", "Save the teams"),
  dismiss: both("離開機關：收回全部權限", "Has left: take everything away"),
  withdraw: both("收回邀請", "Withdraw the invitation"),
  history: both("經過", "What happened"),
  toDo: both("處理", "To do"),
  inTeams: both("在哪些小組？", "In which teams?"),
  noTeams: both("還沒有小組。", "There are no teams yet."),
};

/** How long a role may be given for. */
const roleMonths: readonly { readonly value: string; readonly text: Localised }[] = [
  { value: "1", text: both("一個月", "One month") },
  { value: "3", text: both("三個月", "Three months") },
  { value: "6", text: both("六個月", "Six months") },
  { value: "12", text: both("一年", "One year") },
];

/** What was typed into an invitation. The number never comes back. */
export interface InviteForm {
  readonly name: string;
  readonly roles: readonly string[];
  readonly months: string;
  readonly teams: readonly string[];
}

/** The form for an invitation. */
export function inviteStaffPage(
  view: {
    readonly form: InviteForm;
    readonly roles: readonly string[];
    readonly teams: readonly string[];
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors, form: typed } = view;
  const body = html`<div class="narrow">
    <a class="back" href="${staffPaths.all}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${t.inviteTitle}</h1>
    ${form(
      { action: staffPaths.invite, csrf: chrome.csrf },
      html`${textInput({ id: "name", label: words.inviteName, value: typed.name, width: "medium", autocomplete: "off", error: errorOf(errors, "name") }, lang)}
      ${textInput({ id: "number", label: words.number, hint: words.numberHint, width: "medium", autocomplete: "off" }, lang)}
      ${fieldset(
        { id: "role-0", legend: t.give, hint: t.giveHint, error: errorOf(errors, "role-0") },
        view.roles.map((role, at) =>
          checkbox({ id: `role-${at}`, value: role, label: titleOf(role), checked: typed.roles.includes(role) }, lang),
        ),
        lang,
      )}
      ${selectInput({ id: "months", label: words.lasts, value: typed.months, options: roleMonths, error: errorOf(errors, "months") }, lang)}
      ${teamChoice(view.teams, typed.teams, lang)} ${actions(button(t.send))}`,
    )}
  </div>`;
  return page({
    ...chrome,
    lang,
    title: t.inviteTitle,
    area: "desk",
    active: "office",
    error: Boolean(errors?.length),
    body,
  });
}

/** The invitation's code, once. */
export function staffInvitedPage(
  view: { readonly name: string; readonly code: string; readonly byNumber: boolean },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <a class="back" href="${staffPaths.all}">${t.back}</a>
    <h1>${t.done}</h1>
    <p>${show(view.name, lang)}</p>
    <dl class="facts">
      <div>
        <dt>${t.code}</dt>
        <dd><code class="code">${view.code}</code></dd>
      </div>
    </dl>
    <p>${t.codeText}</p>
    ${view.byNumber ? html`<p>${t.codeNumber}</p>` : ""}
  </div>`;
  return page({ ...chrome, lang, title: t.done, area: "desk", active: "office", body });
}

/** One of the staff: roles, what waits, teams, what happened. */
export function staffMemberPage(
  view: {
    readonly member: StaffMember;
    readonly steps: readonly StepRow[];
    readonly may: (action: PostAction, role: string) => boolean;
    readonly account: boolean;
    /** Roles that may be given, and teams of the agency. */
    readonly roles: readonly string[];
    readonly teams: readonly string[];
    readonly now: Date;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { member, may, errors } = view;
  const action = `${staffPaths.all}/${member.id}`;
  const press = (step: string, role: string, text: string, kind: "main" | "quiet" | "stop") =>
    postButton({ action, csrf: chrome.csrf, text, kind, name: "step", value: `${step}:${role}` });
  const roleRow = (role: OfficeRole) => ({
    cells: [
      roleTitle(role.role, lang),
      html`<div>
        ${roleTags(role, view.now, lang)}
        ${role.asked ? html`<div><small>${t.asksFor(formatDate(role.asked.until, lang))}</small></div>` : ""}
      </div>`,
      untilText(role, lang),
      actions(
        role.asked && may("staff:give", role.role) ? press("agree", role.role, t.agree, "main") : "",
        role.asked && may("staff:end", role.role) ? press("decline", role.role, t.decline, "quiet") : "",
        role.state === "in-force" && may("staff:review", role.role)
          ? press("review", role.role, t.reviewed, "quiet")
          : "",
        role.until && may("staff:end", role.role) ? press("end", role.role, t.end, "stop") : "",
      ),
    ],
  });
  const body = html`<a class="back" href="${staffPaths.all}">${t.back}</a>
    ${errorSummary(errors, lang)}
    <h1>${show(member.name, lang)}</h1>
    ${member.invitedUntil ? html`<p>${t.invitedUntil(formatDate(member.invitedUntil, lang))}</p>` : ""}
    ${view.account ? html`<p>${t.account}</p>` : ""}
    ${
      member.twoNetworks
        ? note(
            html`<p>${tag(twoNetworks, lang)} ${formatDate(member.twoNetworks, lang)}</p>
              <p>${t.networks}</p>`,
            "bad",
          )
        : ""
    }
    ${
      member.roles.length > 0
        ? table({
            caption: t.roles,
            columns: [{ head: t.role }, { head: t.state }, { head: t.until }, { head: t.toDo }],
            rows: member.roles.map(roleRow),
          })
        : ""
    }
    ${
      may("staff:ask", "")
        ? html`<h2>${t.more}</h2>
            ${form(
              { action, csrf: chrome.csrf },
              html`${selectInput({ id: "role", label: words.role, options: view.roles.map((role) => ({ value: role, text: titleOf(role) })), error: errorOf(errors, "role") }, lang)}
              ${selectInput({ id: "months", label: words.lasts, options: roleMonths, error: errorOf(errors, "months") }, lang)}
              ${actions(button(t.giveIt, { name: "step", value: "give:" }))}`,
            )}`
        : ""
    }
    ${
      may("staff:end", "")
        ? html`<h2>${t.teams}</h2>
            ${
              view.teams.length === 0
                ? html`<p>${t.noTeams}</p>`
                : form(
                    { action, csrf: chrome.csrf },
                    html`${teamChoice(view.teams, member.teams, lang)}
                    ${actions(button(t.saveTeams, { kind: "quiet", name: "step", value: "teams:" }))}`,
                  )
            }
            ${actions(press("dismiss", "", member.accepted ? t.dismiss : t.withdraw, "stop"))}`
        : ""
    }
    <h2>${t.history}</h2>
    ${timeline(
      view.steps.map(({ what, role, by_name, at }, index) => ({
        at,
        title: officeStepTitles[what],
        ...(role === null ? {} : { text: titleOf(role) }),
        ...(by_name === null ? {} : { by: by_name }),
        state: index === view.steps.length - 1 ? "now" : "done",
      })),
      lang,
    )}`;
  return page({
    ...chrome,
    lang,
    title: member.name,
    area: "desk",
    active: "office",
    error: Boolean(errors?.length),
    body,
  });
}

function titleOf(role: string): Localised {
  return roleTitles[role] ?? both(role, role);
}

function teamChoice(teams: readonly string[], chosen: readonly string[], lang: Language): HtmlValue {
  return teams.length === 0
    ? ""
    : fieldset(
        { id: "team-0", legend: words.inTeams[lang] },
        teams.map((name, at) =>
          checkbox({ id: `team-${at}`, value: name, label: both(name, name), checked: chosen.includes(name) }, lang),
        ),
        lang,
      );
}
