import type { Language, Localised } from "#kernel";
import { both, formatDateTime, html, inLanguage, note, show, table, type Html } from "#ui";
import type { ClientActName, ClientActRow } from "../provider/store-clients.ts";

const words = {
  title: both("核可人的決定", "What the officers decided"),
  at: both("時間", "Time"),
  what: both("決定", "What"),
  reason: both("理由", "Reason"),
  who: both("核可人", "Officer"),
  seen: both("也複查過", "looked at it too"),
  unseen: both("還沒有另一位核可人複查", "No other officer has looked at it yet"),
  stopped: both("這個應用程式已停用", "This client was stopped"),
  stoppedText: both(
    "沒有人能用它登入，已經給出的授權都失效了。改好之後，兩位核可人重新核可就能再用。",
    "Nobody can sign in at it, and what people had granted is over. Once the cause is mended, two officers can approve it anew.",
  ),
};

const titles: Readonly<Record<ClientActName, Localised>> = {
  approved: both("核可", "Approved"),
  refused: both("不核可", "Turned down"),
  "renewal-refused": both("不再核可下一年", "Not approved for another year"),
  stopped: both("停用", "Stopped"),
};

/** What officers did with a client. @param named for officers: by whom, and who looked at a stop after them */
export function actsTable(acts: readonly ClientActRow[], named: boolean, lang: Language): Html {
  const t = inLanguage(words, lang);
  return table({
    caption: t.title,
    captionHidden: true,
    columns: [{ head: t.at }, { head: t.what }, { head: t.reason }, ...(named ? [{ head: t.who }] : [])],
    rows: acts.map(({ at, what, reason, officer, seen_by }) => ({
      cells: [
        formatDateTime(at, lang),
        titles[what][lang],
        reason ? show(reason, lang) : "–",
        ...(named
          ? [
              html`<div>
                ${show(officer, lang)}
                ${what === "stopped" ? html`<small>${seen_by === null ? t.unseen : html`${show(seen_by, lang)} ${t.seen}`}</small>` : ""}
              </div>`,
            ]
          : []),
      ],
    })),
  });
}

/** Tells a client's people that it was stopped, why, and what brings it back. */
export function stoppedNote({ reason, at }: ClientActRow, lang: Language): Html {
  const t = inLanguage(words, lang);
  return note(
    html`<p><b>${t.stopped}</b> ${formatDateTime(at, lang)}</p>
      <p>${show(reason, lang)}</p>
      <p>${t.stoppedText}</p>`,
    "bad",
  );
}
