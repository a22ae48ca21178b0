import type { Language } from "#kernel";
import { both, html, inLanguage, page, type Chrome, type HtmlPage } from "#ui";

const words = {
  back: both("所有紀錄", "All logs"),
  title: both("驗一份收據", "Check a receipt"),
  lede: both(
    "把存下來的收據放進來，您的瀏覽器自己重算一遍，一步一步說結果。檔案留在您的電腦，不會送出去。",
    "Give it a receipt that you kept. Your browser does all the sums itself and says step by step what came out. The file stays on your computer.",
  ),
  noScript: both(
    "這一項要開啟 JavaScript，因為是您的瀏覽器在算。也可以用指令驗，同樣不必連到我們：",
    "This needs JavaScript, since it is your browser that does the sums. The command does the same, also without us:",
  ),
  steps: both("驗的是什麼", "What is checked"),
  list: both(
    [
      "收據的格式對不對。",
      "這一筆的指紋算不算得出來。",
      "紀錄的保管者有沒有簽章。",
      "獨立的見證者簽得夠不夠。",
      "這一筆是不是真的在簽過章的紀錄裡。",
      "收據上寫給您看的內容，是不是當初承諾的那一份。",
    ],
    [
      "Whether the receipt is well formed.",
      "Whether the fingerprint of the entry can be computed.",
      "Whether the keeper of the log signed.",
      "Whether enough independent witnesses signed.",
      "Whether the entry stands in the signed log.",
      "Whether what the receipt shows you is what was committed to.",
    ],
  ),
  where: both("收據從哪裡來", "Where receipts come from"),
  whereText: both(
    "「誰用了我的資料」的每一筆、您的申請與同意，以及公開紀錄裡每一筆的頁面，都能下載收據。",
    "Each line under “Who used my data”, your applications and agreements, and the page of every entry in the public record offer one.",
  ),
};

/** Public: drop a receipt, and the browser checks it. */
export function checkReceiptPage(
  view: { readonly policyHref: string; readonly listHref: string },
  lang: Language,
  chrome: Chrome,
): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<a class="back" href="${view.listHref}">${t.back}</a>
    <div class="narrow">
      <h1>${t.title}</h1>
      <p class="lede">${t.lede}</p>
      <receipt-drop data-policy="${view.policyHref}">
        <div class="fallback">
          <p>${t.noScript}</p>
          <pre tabindex="0"><code>npx taroko verify receipt.json</code></pre>
        </div>
      </receipt-drop>
      <h2>${t.steps}</h2>
      <ol>
        ${t.list.map((line) => html`<li>${line}</li>`)}
      </ol>
      <h2>${t.where}</h2>
      <p>${t.whereText}</p>
    </div>`;
  return page({ ...chrome, lang, title: t.title, area: "public", active: "record", body });
}
