import type { ConfigurationChange, IssuedRow, RootBody } from "#exchange";
import type { Language, Localised } from "#kernel";
import {
  both,
  formatDateTime,
  html,
  inLanguage,
  note,
  page,
  show,
  factList,
  table,
  tag,
  type Chrome,
  type HtmlPage,
  type Tone,
} from "#ui";

const words = {
  title: both("共同設定", "Configuration"),
  lede: both(
    "每一個閘道都照這份簽章的設定運作。這裡列出內容有變更的版本；其他版本只更新時間。",
    "Every gateway works by this signed document. Listed are the versions at which something changed; others only renewed the times.",
  ),
  version: both("版本", "Version"),
  issued: both("簽發時間", "Issued"),
  changes: both("變更", "What changed"),
  first: both("第一版，或先前的版本已不再保存", "The first one, or the one before is no longer kept"),
  keys: both("簽章的金鑰", "Who signs"),
  root: both("信任根版本", "Root"),
  rootRole: both("更換金鑰需要", "To change keys"),
  configurationRole: both("簽發設定需要", "To sign the configuration"),
  of: both(
    (threshold: number, keys: number) => `${keys} 把金鑰中的 ${threshold} 把`,
    (threshold: number, keys: number) => `${threshold} of ${keys} keys`,
  ),
  anchor: both(
    "信任根仍是第一版：同一把金鑰簽發設定也更換金鑰。請考慮把更換用的金鑰放在離線的地方（npx taroko authority root-key）。",
    "The root is still the first: one key signs and changes keys. Consider keeping the keys that change keys offline (npx taroko authority root-key).",
  ),
};

const parts: Readonly<Record<ConfigurationChange["part"], Localised>> = {
  member: both("會員機關", "Member"),
  gateway: both("閘道", "Gateway"),
  group: both("群組", "Group"),
  "revoked-key": both("廢止的金鑰", "Revoked key"),
  witness: both("見證者", "Witness"),
  purpose: both("目的", "Purpose"),
  "consent-issuer": both("同意的簽發者", "Consent issuer"),
  log: both("紀錄", "Log"),
  "certificate-authority": both("憑證機構", "Certificate authority"),
  root: both("信任根", "Root"),
};

const changes: Readonly<Record<ConfigurationChange["change"], { text: Localised; tone: Tone }>> = {
  added: { text: both("新增", "added"), tone: "good" },
  removed: { text: both("移除", "removed"), tone: "bad" },
  changed: { text: both("變更", "changed"), tone: "info" },
};

export interface VersionsView {
  readonly root: RootBody;
  /** Newest first. No `changes` where the version before is not kept. */
  readonly versions: readonly (IssuedRow & { readonly changes: readonly ConfigurationChange[] | undefined })[];
}

export function versionsPage(view: VersionsView, lang: Language, chrome: Chrome): HtmlPage {
  const t = inLanguage(words, lang);
  const { root, versions } = view;
  const role = ({ threshold, keyids }: { threshold: number; keyids: readonly string[] }): string =>
    t.of(threshold, keyids.length);
  const body = html`<h1>${t.title}</h1>
    <p class="lede">${t.lede}</p>
    ${table({
      caption: t.title,
      captionHidden: true,
      columns: [{ head: t.version }, { head: t.issued }, { head: t.changes }],
      rows: versions.map(({ version, issued, changes: list }) => ({
        cells: [
          String(version),
          formatDateTime(issued, lang),
          list === undefined
            ? t.first
            : html`${list.map(
                ({ part, id, change, what }) =>
                  html`<div>
                    ${tag(changes[change], lang)} ${show(parts[part], lang)}
                    <span class="wrap-any">${decodeURIComponent(id)}</span>
                    ${what && what.length > 0 ? html`<code>${what.join(", ")}</code>` : ""}
                  </div>`,
              )}`,
        ],
      })),
    })}
    <h2>${t.keys}</h2>
    ${factList(
      [
        { label: t.root, value: String(root.version) },
        { label: t.rootRole, value: role(root.roles.root) },
        { label: t.configurationRole, value: role(root.roles.configuration) },
      ],
      lang,
    )}
    ${root.version === 1 ? note(t.anchor) : ""}`;
  return page({ ...chrome, lang, title: t.title, area: "desk", body });
}
