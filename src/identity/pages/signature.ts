import type { Language, Localised } from "#kernel";
import {
  both,
  button,
  csrfField,
  details,
  errorSummary,
  factList,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  show,
  type Chrome,
  type Fact,
  type FieldError,
  type HtmlPage,
} from "#ui";
import type { Change, Indication, SignatureReport, SubIndication, ValidationReport } from "../signing/index.ts";

/** Where these pages are. */
export const signaturePaths = {
  check: "/check-signature",
  issuers: "/check-signature/issuers.pem",
  timeStamps: "/check-signature/time-stamps.pem",
} as const;

const words = {
  title: both("檢查簽章", "Check a signature"),
  signOne: both("用卡片簽一份 PDF", "Sign a PDF with your card"),
  lede: both(
    "選一個簽署或密封過的檔案（PDF，或 JSON 簽章），看是誰簽的、什麼時候簽的、之後有沒有被改過。",
    "Choose a file that was signed or sealed (a PDF, or a signature in JSON) to see who signed it, when, and whether it was changed since.",
  ),
  kept: both(
    "檔案只用來檢查，不會留下。最大 10 MB。",
    "The file is only checked; nothing of it is kept. At most 10 MB.",
  ),
  file: both("要檢查的檔案", "The file to check"),
  document: both(
    "簽章在另一個檔案時：被簽署的文件",
    "If the signature is in a file of its own: the document that was signed",
  ),
  check: both("檢查", "Check"),
  another: both("檢查另一個檔案", "Check another file"),
  none: both("這個檔案裡沒有簽章。", "There is no signature in this file."),
  signer: both("簽署人", "Signed by"),
  seal: both("密封機關", "Sealed by"),
  isSeal: both(
    "這是機關的章：證明文件從哪裡來、沒有被改過，不代表某個人同意。",
    "This is an organisation's seal: it shows where the document comes from and that it was not changed. It is no person's consent.",
  ),
  issuer: both("憑證由誰簽發", "Certificate issued by"),
  claimed: both("自稱的簽署時間", "Time claimed"),
  proven: both("時戳證明：最晚在此時已簽署", "Proof by time stamp: signed at the latest at"),
  by: both("時戳機構", "Time stamp by"),
  noProof: both("沒有可信的時戳", "no time stamp that counts here"),
  level: both("等級", "Level"),
  whole: both("附有當時的憑證狀態證明", "with proof of the certificate's state at that time"),
  changes: both("簽署之後加進檔案的", "Added to the file after this signature"),
  nothing: both("沒有，簽章涵蓋整個檔案", "nothing; it covers the whole file"),
  technical: both("技術內容", "Technical details"),
  trustTitle: both("這裡相信誰", "Who is trusted here"),
  trust: both(
    "只有下列機構簽發的憑證與時戳才算數。下載這些憑證，就能用命令列工具自行檢查。",
    "Only certificates and time stamps of these authorities count. Download them to check for yourself with the command-line tool.",
  ),
  issuersFile: both("簽章憑證機構（PEM）", "Authorities for signatures (PEM)"),
  stampsFile: both("時戳機構（PEM）", "Time-stamp authorities (PEM)"),
};

const verdicts: Readonly<Record<Indication, { readonly tone: "good" | "bad" | "wait"; readonly text: Localised }>> = {
  "TOTAL-PASSED": { tone: "good", text: both("簽章有效", "The signature is valid") },
  "TOTAL-FAILED": { tone: "bad", text: both("簽章無效", "The signature is not valid") },
  INDETERMINATE: { tone: "wait", text: both("無法確定簽章是否有效", "Whether the signature is valid cannot be told") },
};

const reasons: Readonly<Record<SubIndication, Localised>> = {
  FORMAT_FAILURE: both("檔案在簽署後被改過，或形式不對。", "The file was changed after signing, or its form is wrong."),
  HASH_FAILURE: both("內容不是當時簽署的內容。", "The content is not what was signed."),
  SIG_CRYPTO_FAILURE: both(
    "這個簽章不是用憑證上的金鑰做的。",
    "The signature was not made with the certificate's key.",
  ),
  NOT_YET_VALID: both("簽署時憑證還沒有生效。", "The certificate was not yet valid when it was used."),
  NO_SIGNING_CERTIFICATE_FOUND: both("檔案沒有附上簽署人的憑證。", "The signer's certificate is not in the file."),
  NO_CERTIFICATE_CHAIN_FOUND: both(
    "簽署人的憑證不是這裡相信的機構簽發的。",
    "No authority that is trusted here issued the signer's certificate.",
  ),
  CHAIN_CONSTRAINTS_FAILURE: both("這張憑證不能用來簽署。", "The certificate may not be used to sign."),
  SIGNED_DATA_NOT_FOUND: both(
    "還需要被簽署的文件：請一起選擇。",
    "The document that was signed is needed too: choose it as well.",
  ),
  OUT_OF_BOUNDS_NO_POE: both(
    "憑證已過期，沒有時戳證明當時還有效。",
    "The certificate has run out, and no time stamp proves that it was signed before.",
  ),
  REVOKED_NO_POE: both(
    "憑證已廢止，沒有時戳證明是在廢止之前簽的。",
    "The certificate is revoked, and no time stamp proves that it was signed before.",
  ),
  TRY_LATER: both(
    "目前查不到憑證當時的狀態，請稍後再試。",
    "The state of the certificate at that time cannot be had right now; try again later.",
  ),
};

const places: Readonly<Record<string, string>> = {
  "the number of pages": "頁數",
  "the order of pages": "頁面順序",
  "the form": "表單",
  "the bookmarks": "書籤",
  "attachments, scripts or named places": "附件、程式或連結位置",
  "what happens on opening": "開啟時的動作",
  "the layers": "圖層",
  "the document's properties": "文件屬性",
  "the reading order": "閱讀順序",
  "the permissions": "權限",
  "evidence for later checks": "日後檢查用的證明",
  "bytes that belong to nothing in the file": "不屬於檔案任何部分的內容",
  "a part that cannot be read": "讀不出來的部分",
};

function changeText({ kind, what }: Change): Localised {
  if (kind === "signature") return both(`另一個簽章「${what}」`, `another signature (${what})`);
  const number = /^page (\d+)$/.exec(what)?.[1];
  return both(number === undefined ? (places[what] ?? what) : `第 ${number} 頁`, what);
}

function signatureFacts(of: SignatureReport, lang: Language): Fact[] {
  const t = inLanguage(words, lang);
  const { signer, claimedAt, provenAt, provenBy, level, changes } = of;
  const fact = (label: string, value: string): Fact => ({ label, value });
  const by =
    signer?.organisation && signer.organisation !== signer.name
      ? `${signer.name} (${signer.organisation})`
      : signer?.name;
  return [
    ...(signer ? [fact(signer.kind === "seal" ? t.seal : t.signer, by ?? "–"), fact(t.issuer, signer.issuer)] : []),
    ...(claimedAt ? [fact(t.claimed, formatDateTime(claimedAt, lang))] : []),
    ...(provenAt
      ? [fact(t.proven, formatDateTime(provenAt, lang)), fact(t.by, provenBy ?? "–")]
      : signer
        ? [fact(t.proven, t.noProof)]
        : []),
    ...(level
      ? [fact(t.level, `${of.format} ${level}${of.selfContained ? `${lang === "en" ? ", " : "，"}${t.whole}` : ""}`)]
      : []),
    ...(changes
      ? [
          fact(
            t.changes,
            changes.length === 0
              ? t.nothing
              : changes.map((one) => changeText(one)[lang]).join(lang === "en" ? ", " : "、"),
          ),
        ]
      : []),
  ];
}

export interface CheckSignatureView {
  /** Absent before a file was chosen. */
  readonly report?: ValidationReport;
  readonly fileName?: string;
  readonly issuers: readonly string[];
  readonly stamps: boolean;
  readonly errors?: readonly FieldError[];
}

/** Choose a file; what its signatures say. */
export function checkSignaturePage(view: CheckSignatureView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { report } = view;
  const upload = html`<form method="post" action="${signaturePaths.check}" enctype="multipart/form-data">
      ${csrfField(chrome.csrf)}
      <div class="field">
        <label for="file">${t.file}</label>
        <p class="hint" id="file-hint">${t.kept}</p>
        <input type="file" id="file" name="file" aria-describedby="file-hint" required accept=".pdf,.json,.jws,.jose" />
      </div>
      ${details(
        t.document,
        html`<div class="field">
          <label for="document">${t.document}</label>
          <input type="file" id="document" name="document" />
        </div>`,
      )}
      ${button(t.check)}
    </form>
    <p><a href="/sign-document">${t.signOne}</a></p>`;
  const results = report
    ? html`${report.signatures.length === 0 ? note(html`<p>${t.none}</p>`, "wait") : ""}
      ${report.signatures.map((one) => signatureCard(one, lang))}
      ${details(
        t.technical,
        html`<p><code>${report.indication}${report.subIndication ? ` ${report.subIndication}` : ""}</code></p>
          <p>SHA-256 <code class="break">${report.sha256}</code></p>
          ${report.signatures.map(({ name, detail }) => html`<p>${show(name, lang)}: <span lang="en">${detail}</span></p>`)}`,
      )}`
    : "";
  const body = html`<h1>${t.title}</h1>
    ${errorSummary(view.errors, lang)}
    ${report ? html`<p class="lede">${show(view.fileName ?? "", lang)}</p>` : html`<p class="lede">${t.lede}</p>`}
    ${results} ${report ? html`<h2>${t.another}</h2>` : ""} ${upload}
    <h2>${t.trustTitle}</h2>
    <p>${t.trust}</p>
    <ul>
      ${view.issuers.map((name) => html`<li>${show(name, lang)}</li>`)}
    </ul>
    <p class="links">
      <a href="${signaturePaths.issuers}" download>${t.issuersFile}</a>
      ${view.stamps ? html`<a href="${signaturePaths.timeStamps}" download>${t.stampsFile}</a>` : ""}
    </p>`;
  return page({ ...chrome, lang, title: t.title, area: "public", body });
}

function signatureCard(one: SignatureReport, lang: Language) {
  const { tone, text } = verdicts[one.indication];
  const why = one.subIndication && reasons[one.subIndication];
  return html`<section class="card">
    ${note(html`<p><b>${show(text, lang)}</b>${why ? html`<br />${show(why, lang)}` : ""}</p>`, tone)}
    ${factList(signatureFacts(one, lang), lang)}
    ${one.signer?.kind === "seal" ? html`<p class="remark">${words.isSeal[lang]}</p>` : ""}
  </section>`;
}
