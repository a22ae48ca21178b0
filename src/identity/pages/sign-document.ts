import type { Language } from "#kernel";
import {
  actions,
  both,
  button,
  buttonLink,
  csrfField,
  errorOf,
  errorSummary,
  factList,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  show,
  type Chrome,
  type FieldError,
  type HtmlPage,
} from "#ui";
import { signaturePaths } from "./signature.ts";

/** Where these pages are. */
export const signDocumentPaths = {
  sign: "/sign-document",
  finish: (request: string): string => `/sign-document/${request}`,
  done: (file: string): string => `/sign-document/done/${file}`,
  file: (file: string): string => `/sign-document/done/${file}/file`,
} as const;

const words = {
  title: both("用卡片簽 PDF", "Sign a PDF with your card"),
  lede: both(
    "選一份 PDF，用卡片的簽章憑證簽署。任何人都能檢查是誰簽的、簽了之後有沒有改過。",
    "Choose a PDF and sign it with your card's signature certificate. Anybody can check who signed it, and whether it was changed since.",
  ),
  file: both("PDF 檔案", "PDF file"),
  kept: both(
    "最大 10 MB。檔案加密保存十分鐘，只有您拿得到，之後就刪掉。請先讀過內容再簽。",
    "At most 10 MB. It is kept encrypted for ten minutes, for you alone, and then deleted. Read it before you sign.",
  ),
  go: both("下一步", "Next"),
  confirmTitle: both("確認要簽的檔案", "Check what you are about to sign"),
  name: both("檔名", "File"),
  size: both("大小", "Size"),
  digest: both("檔案的 SHA-256", "SHA-256 of the file"),
  legal: both(
    "用卡片簽署和親筆簽名有相同效力。卡片會請您輸入第二組密碼（PIN2）。",
    "Your card's signature stands for your own hand. The card asks for its second PIN (PIN2).",
  ),
  sign: both("用卡片簽署", "Sign with your card"),
  other: both("換一個檔案", "Choose another file"),
  doneTitle: both("簽好了", "It is signed"),
  fetch: both("下載簽好的 PDF", "Download the signed PDF"),
  until: both("可以下載到", "Can be downloaded until"),
  signedDigest: both("簽好的檔案的 SHA-256", "SHA-256 of the signed file"),
  check: both("檢查簽章", "Check a signature"),
  again: both("再簽一份", "Sign another one"),
};

/** A file that is about to be signed. */
export interface ToSign {
  readonly name: string;
  readonly size: number;
  readonly sha256: string;
}

/** Choosing a PDF. */
export function signDocumentPage(errors: readonly FieldError[], lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const error = errorOf(errors, "file");
  const body = html`<div class="narrow">
    ${errorSummary(errors, lang)}
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <form method="post" action="${signDocumentPaths.sign}" enctype="multipart/form-data">
      ${csrfField(chrome.csrf)}
      <div class="field${error ? " wrong" : ""}">
        <label for="file">${t.file}</label>
        <p class="hint" id="file-hint">${t.kept}</p>
        ${error ? html`<p class="error">${show(error.text, lang)}</p>` : ""}
        <input type="file" id="file" name="file" aria-describedby="file-hint" required accept=".pdf" />
      </div>
      ${button(t.go)}
    </form>
    <p><a href="${signaturePaths.check}">${t.check}</a></p>
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "citizen", error: errors.length > 0, body });
}

/** What will be signed, and the way to the card. @param readerHref where the card signs */
export function confirmSignaturePage(
  view: { readonly file: ToSign; readonly readerHref: string },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const { name, size, sha256 } = view.file;
  const body = html`<div class="narrow">
    <h1>${t.confirmTitle}</h1>
    ${factList(
      [
        { label: words.name, value: name },
        { label: words.size, value: `${Math.max(1, Math.round(size / 1024)).toLocaleString("en")} KB` },
        { label: words.digest, value: html`<code>${sha256}</code>` },
      ],
      lang,
    )}
    ${note(html`<p>${t.legal}</p>`)}
    ${actions(buttonLink(t.sign, view.readerHref, "sun"), buttonLink(t.other, signDocumentPaths.sign, "quiet"))}
  </div>`;
  return page({ ...chrome, lang, title: t.confirmTitle, area: "citizen", body });
}

/** The signed file, to be fetched. */
export function signedDocumentPage(
  view: { readonly id: string; readonly name: string; readonly sha256: string; readonly expiresAt: Date },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.doneTitle}</h1>
    ${factList(
      [
        { label: words.name, value: view.name },
        { label: words.signedDigest, value: html`<code>${view.sha256}</code>` },
        { label: words.until, value: formatDateTime(view.expiresAt, lang) },
      ],
      lang,
    )}
    ${actions(
      buttonLink(t.fetch, signDocumentPaths.file(view.id)),
      buttonLink(t.check, signaturePaths.check, "quiet"),
      buttonLink(t.again, signDocumentPaths.sign, "quiet"),
    )}
  </div>`;
  return page({ ...chrome, lang, title: t.doneTitle, area: "citizen", body });
}
