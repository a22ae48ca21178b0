/**
 * What people see: the shell around every page, the components pages are made of, the two languages, dates and amounts,
 * and the files browsers load. Server-rendered HTML that works without script; `web/` only improves it.
 *
 * A page is a function from data to HTML: `(view, lang, chrome) => HtmlPage`. Its words stand next to its markup as
 * `both("…", "…")`; whatever comes from data goes through `show()`, which escapes and marks the language. No inline
 * style or script anywhere, so the strictest content security policy holds. All looks are in `style/`, which is
 * skinned again by overriding its custom properties. Owns no table.
 */
export { assets, type Asset, type Assets } from "./assets.ts";
export {
  explanation,
  factList,
  originLine,
  ruleLines,
  sourceLine,
  summaryList,
  type Explanation,
  type Fact,
  type RuleLine,
  type Source,
  type SummaryRow,
} from "./facts.ts";
export {
  formatCount,
  formatDate,
  formatDateTime,
  formatMoney,
  formatShortDate,
  formatTime,
  maskIdentityNumber,
  timeOf,
} from "./format.ts";
export {
  actions,
  button,
  buttonLink,
  checkbox,
  errorOf,
  errorSummary,
  fieldset,
  form,
  pickCards,
  postButton,
  selectInput,
  textInput,
  type ButtonKind,
  type Choice,
  type FieldError,
  type SelectInput,
  type TextInput,
} from "./forms.ts";
export { html, jsonBlock, type Html, type HtmlPage, type HtmlValue } from "./html.ts";
export { brandMark, drop, gorge, icon, type IconName } from "./icons.ts";
export { banner, details, emptyState, note, tag, type Notice, type Tag, type Tone } from "./notices.ts";
export {
  csrfField,
  page,
  type Area,
  type Chrome,
  type Office,
  type NavigationName,
  type PageOptions,
  type Session,
} from "./page.ts";
export { paths } from "./paths.ts";
export { problemPage, type ProblemView } from "./problem-page.ts";
export { taskSteps, timeline, type TimelineEvent } from "./progress.ts";
export { pagination, table, type Column, type Row } from "./table.ts";
export { both, inLanguage, languageTag, plain, show, type Text } from "./texts.ts";
