import type { Check, Diagnosis } from "#exchange";
import type { Language } from "#kernel";
import {
  both,
  emptyState,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  postButton,
  show,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";

const words = {
  title: both("健檢", "Diagnosis"),
  lede: both(
    "檢查這個閘道，再檢查每一個別的閘道：連線、憑證，以及一次真的簽章呼叫。",
    "Looks at this gateway, then at every other: connection, certificate, and one real signed call.",
  ),
  run: both("開始檢查", "Look now"),
  again: both("再檢查一次", "Look again"),
  own: both("這個閘道", "This gateway"),
  at: both("檢查時間", "Looked at"),
  good: both("正常", "good"),
  warning: both("注意", "look after"),
  bad: both("有問題", "broken"),
  advice: both("怎麼辦", "What to do"),
  noPeers: both("還沒有別的閘道", "No other gateway yet"),
  noPeersText: both("國家設定檔裡只有這一個閘道。", "The country's configuration lists this one only."),
  allGood: both("全部正常。", "Everything is in order."),
  found: both(
    (n: number) => `發現 ${n} 個問題。`,
    (n: number) => `${n} found that need attention.`,
  ),
};

/** What a diagnosis found; nothing yet before the first. */
export function diagnosisPage(diagnosis: Diagnosis | undefined, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const again = postButton({ action: "/diagnosis", csrf: chrome.csrf, text: diagnosis ? t.again : t.run });
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${again}${diagnosis ? found(diagnosis, lang) : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function found({ at, own, peers }: Diagnosis, lang: Language): Html {
  const t = inLanguage(words, lang);
  const wrong = [...own, ...peers.flatMap(({ checks }) => checks)].filter(({ state }) => state !== "good").length;
  return html`<p class="lede">
      <strong>${wrong === 0 ? t.allGood : t.found(wrong)}</strong> ${t.at} ${formatDateTime(at, lang)}
    </p>
    <h2>${t.own}</h2>
    ${checks(own, lang)}
    ${
      peers.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.noPeers, text: t.noPeersText })
        : peers.map(
            (peer) =>
              html`<h2>${decodeURIComponent(peer.gateway)}</h2>
                <p class="remark"><code>${peer.address}</code></p>
                ${checks(peer.checks, lang)}`,
          )
    }`;
}

const tones = { good: "good", warning: "wait", bad: "bad" } as const;

function checks(list: readonly Check[], lang: Language): Html {
  const t = inLanguage(words, lang);
  return html`<ul class="looks">
    ${list.map(
      ({ name, state, seen, advice, milliseconds }) =>
        html`<li>
          ${tag({ text: words[state], tone: tones[state] }, lang)} <b>${show(name, lang)}</b> ${show(seen, lang)}
          ${milliseconds === undefined ? "" : html`<span class="remark">${milliseconds.toFixed(0)} ms</span>`}
          ${advice ? html`<p>${t.advice}${lang === "en" ? ": " : "："}${show(advice, lang)}</p>` : ""}
        </li>`,
    )}
  </ul>`;
}
