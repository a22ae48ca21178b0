import type { Language, Localised } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  emptyState,
  errorOf,
  errorSummary,
  form,
  formatDate,
  html,
  icon,
  inLanguage,
  note,
  page,
  postButton,
  show,
  tag,
  textInput,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import { dueNote, roleTitle, staffPaths, type StaffDue } from "./staff-words.ts";

const words = {
  title: both("我的職務", "My office"),
  many: both("這次以哪個職務值勤？", "For which office are you on duty?"),
  on: both("值勤中", "On duty"),
  choose: both("以這個職務值勤", "Go on duty for this office"),
  invited: both("邀請您的機關", "Agencies that invite you"),
  accept: both("接受", "Accept"),
  decline: both("婉拒", "Decline"),
  until: both(
    (day: string) => `有效到 ${day}`,
    (day: string) => `Good until ${day}`,
  ),
  code: both("有邀請代碼？", "Do you have an invitation code?"),
  codeHint: both("20 個字，例如 ABCDE-23456-FGHJK-789MN。", "20 characters, for example ABCDE-23456-FGHJK-789MN."),
  use: both("使用代碼", "Use the code"),
  none: both("您目前沒有職務", "You hold no office now"),
  noneText: both("機關邀請您之後，會出現在這裡。", "When an agency invites you, it appears here."),
  roles: both("權限", "Roles"),
  teams: both("小組", "Teams"),
  staff: both("人員與權限", "Staff and roles"),
  cases: both("案件", "Cases"),
  bind: both("以後用機關帳號登入", "Sign in with your agency's account from now on"),
  rebind: both("改用另一個機關帳號", "Use another account of your agency instead"),
  bound: both(
    "機關帳號已連結；那樣登入只能值勤，不能辦自己的事。",
    "Your agency's account is bound. Signed in that way you are on duty only, and cannot see what is your own.",
  ),
  signInTitle: both("用機關帳號登入", "Sign in with your agency's account"),
  signInText: both(
    "給機關的人員值勤用。自己的事請用卡片或通行密鑰登入。",
    "For an agency's staff on duty. For your own affairs use your card or passkey.",
  ),
  noProviders: both("目前沒有機關用自己的帳號登入。", "No agency signs its staff in by its own accounts now."),
  go: both("登入", "Sign in"),
  codeTitle: both("這個帳號還沒有連結", "This account is not bound yet"),
  codeText: both(
    "請輸入機關給您的邀請代碼；或先用卡片登入，在「我的職務」連結。",
    "Type the invitation code that your agency gave you, or sign in with your card and bind the account at “My office”.",
  ),
};

/** An office of the person. */
export interface OfficeView {
  readonly id: string;
  readonly agency: Localised;
  readonly roles: readonly string[];
  readonly teams: readonly string[];
  readonly current: boolean;
  /** Whether the agency has a provider of its own and the account is bound. */
  readonly account?: "bound" | "unbound";
}

/** A person's offices, invitations and code: one page, with the choice of which to be on duty for. */
export function officePage(
  view: {
    readonly offices: readonly OfficeView[];
    readonly invitations: readonly {
      readonly id: string;
      readonly agency: Localised;
      readonly roles: readonly string[];
      readonly until: Date;
    }[];
    readonly manages: boolean;
    /** What waits for a manager. */
    readonly due?: StaffDue;
    /** A session good for one office alone neither chooses nor accepts. */
    readonly fixed: boolean;
    readonly errors?: readonly FieldError[];
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { offices, invitations, errors } = view;
  const roleList = (roles: readonly string[]) =>
    html`${roles.map((role, at) => html`${at === 0 ? "" : lang === "en" ? ", " : "、"}${roleTitle(role, lang)}`)}`;
  const title = offices.length > 1 ? t.many : t.title;
  const body = html`<div class="narrow">
    ${errorSummary(errors, lang)}
    <h1>${title}</h1>
    ${dueNote(view.due, lang)}
    ${offices.length + invitations.length === 0 ? emptyState({ drawing: icon("mountain"), title: t.none, text: t.noneText }) : ""}
    ${offices.map(
      (office) =>
        html`<h2>${show(office.agency, lang)}</h2>
          <dl class="facts">
            <div>
              <dt>${t.roles}</dt>
              <dd>${roleList(office.roles)}</dd>
            </div>
            ${
              office.teams.length > 0
                ? html`<div>
                    <dt>${t.teams}</dt>
                    <dd>${show(office.teams.join(lang === "en" ? ", " : "、"), lang)}</dd>
                  </div>`
                : ""
            }
          </dl>
          ${office.account === "bound" ? html`<p>${t.bound}</p>` : ""}
          ${actions(
            office.current ? tag({ tone: "good", text: words.on }, lang) : "",
            office.current ? buttonLink(t.cases, "/desk", "quiet") : "",
            office.current && view.manages ? buttonLink(t.staff, staffPaths.all, "quiet") : "",
            !office.current && !view.fixed
              ? postButton({
                  action: staffPaths.office,
                  csrf: chrome.csrf,
                  text: t.choose,
                  name: "office",
                  value: office.id,
                })
              : "",
            office.account && office.current && !view.fixed
              ? postButton({
                  action: `${staffPaths.office}/account`,
                  csrf: chrome.csrf,
                  text: office.account === "bound" ? t.rebind : t.bind,
                  kind: "quiet",
                })
              : "",
          )} `,
    )}
    ${
      invitations.length > 0
        ? html`<h2>${t.invited}</h2>
            ${invitations.map((invitation) =>
              note(
                html`<p><b>${show(invitation.agency, lang)}</b></p>
                  <p>${roleList(invitation.roles)}</p>
                  <p>${t.until(formatDate(invitation.until, lang))}</p>
                  ${actions(
                    postButton({
                      action: `${staffPaths.office}/accept`,
                      csrf: chrome.csrf,
                      text: t.accept,
                      name: "invitation",
                      value: invitation.id,
                    }),
                    postButton({
                      action: `${staffPaths.office}/decline`,
                      csrf: chrome.csrf,
                      text: t.decline,
                      kind: "quiet",
                      name: "invitation",
                      value: invitation.id,
                    }),
                  )}`,
              ),
            )}`
        : ""
    }
    ${
      view.fixed
        ? ""
        : html`<h2>${t.code}</h2>
            ${form(
              { action: `${staffPaths.office}/accept`, csrf: chrome.csrf },
              html`${textInput({ id: "code", label: both("邀請代碼", "Invitation code"), hint: words.codeHint, width: "medium", autocomplete: "off", error: errorOf(errors, "code") }, lang)}
              ${actions(button(t.use, { kind: "quiet" }))}`,
            )}`
    }
  </div>`;
  return page({ ...chrome, lang, title, area: "desk", active: "office", error: Boolean(errors?.length), body });
}

/** Where staff sign in with their agency's own accounts. */
export function staffSignInPage(
  view: {
    readonly agencies: readonly { readonly key: string; readonly name: Localised }[];
    /** Where they were going. */
    readonly next: string;
  },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.signInTitle}</h1>
    <p class="lede">${t.signInText}</p>
    ${
      view.agencies.length === 0
        ? html`<p>${t.noProviders}</p>`
        : view.agencies.map(({ key, name }) =>
            postButton({
              csrf: chrome.csrf,
              action: `${staffPaths.signIn}/${encodeURIComponent(key)}?next=${encodeURIComponent(view.next)}`,
              text: show(name, lang),
            }),
          )
    }
  </div>`;
  return page({ ...chrome, lang, title: t.signInTitle, area: "desk", body });
}

/** An account that is nobody's yet: with an invitation's code it becomes the invited person's. */
export function staffCodePage(
  view: { readonly action: string; readonly errors?: readonly FieldError[] },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { errors } = view;
  const body = html`<div class="narrow">
    ${errorSummary(errors, lang)}
    <h1>${t.codeTitle}</h1>
    <p>${t.codeText}</p>
    ${form(
      { csrf: chrome.csrf, action: view.action },
      html`${textInput({ id: "code", label: both("邀請代碼", "Invitation code"), hint: words.codeHint, width: "medium", autocomplete: "off", error: errorOf(errors, "code") }, lang)}
      ${actions(button(t.go))}`,
    )}
  </div>`;
  return page({ ...chrome, lang, title: t.codeTitle, area: "desk", error: Boolean(errors?.length), body });
}
