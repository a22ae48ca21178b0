import type { Backlog, DeliveryStatus, EventType } from "#exchange";
import type { Language } from "#kernel";
import {
  actions,
  both,
  buttonLink,
  emptyState,
  formatDateTime,
  html,
  icon,
  inLanguage,
  page,
  postButton,
  table,
  tag,
  type Chrome,
  type Html,
  type HtmlPage,
} from "#ui";

const words = {
  title: both("事件", "Events"),
  lede: both(
    "本機關發布的事件送到哪裡、還有多少在等、哪些送不出去。",
    "Where this agency's events go, what still waits, and what could not be delivered.",
  ),
  noRooms: both("這個閘道沒有發布事件的系統", "No system of this gateway is a room for events"),
  noRoomsText: both(
    "在設定檔的 events.rooms 寫上子系統的代碼，重新啟動後就有了。",
    "Name a subsystem in events.rooms of the site's file and start the gateway again.",
  ),
  subscriptions: both("訂閱", "Subscriptions"),
  noSubscriptions: both("還沒有人訂閱", "Nobody subscribes yet"),
  noSubscriptionsText: both("訂閱的機關會列在這裡。", "Agencies that subscribe are listed here."),
  type: both("事件", "Event"),
  to: both("訂閱者", "Subscriber"),
  how: both("方式", "How"),
  waiting: both("等待", "Waiting"),
  done: both("已送達", "Delivered"),
  dead: both("死信", "Dead letters"),
  state: both("狀況", "State"),
  good: both("正常", "in order"),
  failing: both("連續失敗", "failing"),
  behind: both("落後", "behind"),
  PUSH: both("推送", "pushed"),
  PULL: both("自取", "pulled"),
  inOrder: both("，依序", ", in order"),
  letters: both("送不出去的事件", "Dead letters"),
  noLetters: both("沒有死信", "No dead letters"),
  noLettersText: both("每個事件都送到了，或還在嘗試。", "Every event has arrived or is still being tried."),
  published: both("發布", "Published"),
  attempts: both("次數", "Attempts"),
  last: both("最後結果", "Last answer"),
  replay: both("再送一次", "Send again"),
  discard: both("放棄", "Give up"),
  more: both("後面的", "Further"),
  types: both("事件類型", "Event types"),
};

export interface EventsView {
  readonly types: readonly EventType[];
  readonly backlog: readonly Backlog[];
  /** A page of at most a hundred. */
  readonly dead: readonly DeliveryStatus[];
  readonly now: Date;
}

/** What an operator sees of the rooms' events; nothing of what they say. */
export function eventsPage(view: EventsView | undefined, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${view ? rooms(view, lang, chrome) : emptyState({ drawing: icon("mountain"), title: t.noRooms, text: t.noRoomsText })}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}

function rooms({ types, backlog, dead, now }: EventsView, lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  return html`<h2>${t.subscriptions}</h2>
    ${
      backlog.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.noSubscriptions, text: t.noSubscriptionsText })
        : subscriptions(backlog, now, lang)
    }
    <h2>${t.letters}</h2>
    ${
      dead.length === 0
        ? emptyState({ drawing: icon("mountain"), title: t.noLetters, text: t.noLettersText })
        : letters(dead, lang, chrome)
    }
    ${dead.length < 100 ? "" : buttonLink(t.more, `/events?after=${dead.at(-1)?.sequence}`, "quiet")}
    <h2>${t.types}</h2>
    <ul>
      ${types.map(({ room, eventType }) => html`<li><code>${eventType}</code> ${decodeURIComponent(room)}</li>`)}
    </ul>`;
}

const tones = { good: "good", behind: "wait", failing: "bad" } as const;

function subscriptions(backlog: readonly Backlog[], now: Date, lang: Language): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.subscriptions,
    captionHidden: true,
    columns: [
      { head: t.type },
      { head: t.to },
      { head: t.how },
      { head: t.waiting, number: true },
      { head: t.done, number: true },
      { head: t.dead, number: true },
      { head: t.state },
    ],
    rows: backlog.map(({ subscription: s, waiting, done, dead, failing, oldest }) => {
      const behind = oldest !== null && now.getTime() - oldest.getTime() > 60_000;
      const state = failing > 0 ? "failing" : behind ? "behind" : "good";
      return {
        cells: [
          html`<code>${s.eventType}</code>`,
          decodeURIComponent(s.subscriber),
          `${t[s.delivery]}${s.fifo ? t.inOrder : ""}`,
          String(waiting),
          String(done),
          String(dead),
          html`<span>${tag({ text: words[state], tone: tones[state] }, lang)}</span>`,
        ],
      };
    }),
  });
}

function letters(dead: readonly DeliveryStatus[], lang: Language, chrome: Chrome): Html {
  const t = inLanguage(words, lang);
  const button = (work: "replay" | "discard", one: DeliveryStatus): Html =>
    postButton({
      action: `/events/${work}`,
      csrf: chrome.csrf,
      text: t[work],
      kind: "quiet",
      name: "letter",
      value: `${one.subscriptionId} ${one.sequence}`,
    });
  return table({
    caption: t.letters,
    captionHidden: true,
    columns: [
      { head: t.published },
      { head: t.type },
      { head: t.to },
      { head: t.attempts, number: true },
      { head: t.last },
    ],
    rows: dead.map((one) => ({
      cells: [
        formatDateTime(one.publishedAt, lang),
        html`<span><code>${one.eventType}</code> ${one.sequence}</span>`,
        decodeURIComponent(one.subscriber),
        String(one.attempts),
        html`<code>${one.outcome ?? "–"}</code>`,
      ],
      below: actions(button("replay", one), button("discard", one)),
    })),
  });
}
