import type { Language } from "#kernel";
import { both, html, inLanguage, page, paths, type Chrome, type HtmlPage } from "#ui";

const words = {
  title: both("關於太魯閣", "About Taroko"),
  lede: both(
    "太魯閣是開放原始碼的數位政府平臺，以那條鑿穿大理石的公路為名。",
    "Taroko is an open-source digital government platform, named after the gorge whose road is cut through marble.",
  ),
  demo: both("這是示範國度", "This is a demonstration country"),
  demoText: both(
    "密碼學、資料庫、機關之間的連線、補助基準表的數字都是真的。讀卡機與銀行是模擬器，人物、身分證號與個人資料都是虛構的。",
    "The cryptography, the databases, the connections between agencies and the numbers of the subsidy schedule are real. The card reader and the bank are simulators; people, identity numbers and personal data are invented.",
  ),
  honest: both("我們怎麼對待資料", "How we treat data"),
  honestText: both(
    "每個欄位都註明從哪裡來，每個金額旁邊都有規則，每一次讀取都留下您看得到、驗得出來的紀錄。",
    "Each field says where it came from, each amount stands beside its rule, and each reading leaves an entry that you can see and check.",
  ),
  record: both("看公開紀錄", "See the public record"),
  access: both("無障礙說明", "Accessibility"),
  accessLede: both(
    "不用滑鼠、不用程式、放大到 400%，都能辦完。",
    "You can finish everything without a mouse, without scripts, and at 400% zoom.",
  ),
  does: both("我們做了什麼", "What we do"),
  list: both(
    [
      "每一頁都不需要 JavaScript；有的話只會更方便。",
      "全部由一般的連結、按鈕與欄位組成，鍵盤都到得了，焦點看得清楚。",
      "顏色對比達到 WCAG 2.2 AA，深色模式也是；狀態一定有文字，不只靠顏色。",
      "中文與英文都標明語言，螢幕報讀軟體會用對的聲音。",
      "每一頁都用 axe-core 在瀏覽器裡檢查。",
    ],
    [
      "No page needs JavaScript; with it some things are handier.",
      "Everything is made of plain links, buttons and fields that the keyboard reaches, and the focus is easy to see.",
      "Colours meet the contrast of WCAG 2.2 AA, in the dark scheme too. A state is always said in words, never by colour alone.",
      "Chinese and English are marked as such, so that screen readers use the right voice.",
      "Each page is checked in a browser with axe-core.",
    ],
  ),
  known: both("還做不到的", "What we have not reached"),
  knownText: both(
    "還沒有由身心障礙使用者做過正式測試，也還沒有手語影片與易讀版。",
    "Formal tests with disabled users, sign-language videos and easy-read versions are still to come.",
  ),
};

/** What this is, what is real and what is simulated. */
export function aboutPage(lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    <h2>${t.demo}</h2>
    <p>${t.demoText}</p>
    <h2>${t.honest}</h2>
    <p>${t.honestText}</p>
    <p><a href="${paths.record}">${t.record}</a></p>
  </div>`;
  return page({ ...chrome, lang, title: t.title, area: "public", body });
}

/** What we do for accessibility, and what is still missing. */
export function accessibilityPage(lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<div class="narrow">
    <h1>${t.access}</h1>
    <p class="lede">${t.accessLede}</p>
    <h2>${t.does}</h2>
    <ul class="ticks">
      ${t.list.map((line) => html`<li>${line}</li>`)}
    </ul>
    <h2>${t.known}</h2>
    <p>${t.knownText}</p>
  </div>`;
  return page({ ...chrome, lang, title: t.access, area: "public", body });
}
