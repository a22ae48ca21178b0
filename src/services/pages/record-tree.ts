import type { Language } from "#kernel";
import { both, formatDateTime, html, inLanguage, plain, show, type Html, type Text } from "#ui";
import type { SignedBy } from "./record-words.ts";

/** A hash over entries `from` to `to` - 1. */
export interface TreeNode {
  readonly from: number;
  readonly to: number;
  /** Base64. */
  readonly hash: string;
}

export interface TreeView {
  readonly index: number;
  readonly size: number;
  /** Base64 of the entry's own hash and of the signed root. */
  readonly leaf: string;
  readonly root: string;
  /** From the leaf upward. */
  readonly steps: readonly { readonly own: TreeNode; readonly sibling: TreeNode; readonly side: "left" | "right" }[];
  readonly log: Text;
  readonly signedBy: readonly SignedBy[];
}

const words = {
  title: both(
    (index: number, size: number) => `第 ${index} 筆到樹根的路，全部 ${size} 筆`,
    (index: number, size: number) => `The way from entry ${index} to the root of ${size} entries`,
  ),
  entry: both("這一筆", "This entry"),
  root: both("樹根", "Root"),
  one: both(
    (at: number) => `第 ${at} 筆`,
    (at: number) => `entry ${at}`,
  ),
  many: both(
    (from: number, to: number) => `第 ${from} 到 ${to} 筆`,
    (from: number, to: number) => `entries ${from}–${to}`,
  ),
  signed: both("簽了這個樹根", "Signed this root"),
  keeper: both("保管者：", "Keeper: "),
  own: both("您的電腦自己算", "Your own computer works it out"),
  given: both("證明附上的", "Comes with the proof"),
  steps: both("同樣的內容，一步一步寫", "The same in words, step by step"),
  first: both(
    (hash: string) => `算這一筆的雜湊：${hash}`,
    (hash: string) => `Hash this entry: ${hash}`,
  ),
  step: both(
    (side: "left" | "right", what: string, hash: string, gives: string) =>
      `${side === "left" ? "左邊" : "右邊"}接上證明附的 ${hash}（${what}），合算成 ${gives} 的雜湊。`,
    (side: "left" | "right", what: string, hash: string, gives: string) =>
      `Join ${hash} (${what}), which comes with the proof, on the ${side}, and hash both: this covers ${gives}.`,
  ),
  last: both(
    (root: string) => `最後得到的必須是 ${root}，也就是簽過章的樹根。差一個字元就不會相等。`,
    (root: string) => `The result must be ${root}, the signed root. Change one letter of the entry and it is not.`,
  ),
};

const column = { left: 4, right: 176, middle: 64 };
const box = { width: 160, wide: 212, height: 46 };
const rise = 76;
/** The part of a hash that people compare. */
const short = (hash: string): string => `${hash.slice(0, 10)}…`;

/**
 * The picture of an inclusion proof: every hash on the way from one entry to the signed root, where it stands in the
 * tree, and who gave it. Drawn from the proof itself; readable on a narrow screen; the same as a list below it.
 */
export function treePicture(view: TreeView, lang: Language): Html {
  const t = inLanguage(words, lang);
  const { steps } = view;
  const range = ({ from, to }: { from: number; to: number }): string =>
    to - from === 1 ? t.one(from) : t.many(from, to - 1);
  const signers = [
    `${t.keeper}${plain(view.log, lang)}`,
    ...view.signedBy.map(({ name, at }) => `${plain(name, lang)} ${formatDateTime(at, lang)}`),
  ];
  const top = 34 + signers.length * 20;
  const rootAt = top + 30;
  const height = rootAt + box.height + steps.length * rise + 6;
  const rowAt = (step: number): number => rootAt + (steps.length - step) * rise;
  const centre = (x: number): number => x + box.width / 2;
  /** Where the hash that a step leads to stands. */
  const parentOf = (step: number): { x: number; y: number } => {
    const next = steps[step + 1];
    return next
      ? { x: centre(next.side === "right" ? column.left : column.right), y: rowAt(step + 1) + box.height }
      : { x: 170, y: rootAt + box.height };
  };
  const boxAt = (x: number, y: number, width: number, kind: string, first: string, second: string): Html =>
    html`<rect class="${kind}" x="${x}" y="${y}" width="${width}" height="${box.height}" rx="8" />
      <text class="hash" x="${x + width / 2}" y="${y + 19}">${first}</text>
      <text class="range" x="${x + width / 2}" y="${y + 37}">${second}</text>`;
  const line = (kind: string, x: number, y: number, to: { x: number; y: number }): Html => {
    const half = (y + to.y) / 2;
    return html`<path class="${kind}" d="M${x} ${y}V${half}H${to.x}V${to.y}" />`;
  };
  const rows = steps.map(({ own, sibling, side }, at) => {
    const [mine, theirs] = side === "right" ? [column.left, column.right] : [column.right, column.left];
    const y = rowAt(at);
    const name = at === 0 ? `${t.entry}${lang === "en" ? ", " : "，"}${range(own)}` : range(own);
    return html`${line("given", centre(theirs), y, parentOf(at))}${line("own", centre(mine), y, parentOf(at))}
    ${boxAt(mine, y, box.width, "own", short(own.hash), name)}
    ${boxAt(theirs, y, box.width, "given", short(sibling.hash), range(sibling))}`;
  });
  const whole = { from: 0, to: view.size };
  return html`<figure class="tree">
    <svg viewBox="0 0 340 ${height}" role="img" aria-labelledby="tree-title">
      <title id="tree-title">${t.title(view.index, view.size)}</title>
      <rect class="signed" x="4" y="2" width="332" height="${top - 4}" rx="8" />
      <text class="strong" x="170" y="22">${t.signed}</text>
      ${signers.map((signer, at) => html`<text class="range" x="170" y="${42 + at * 20}">✓ ${signer}</text>`)}
      <path class="own" d="M170 ${top - 2}V${rootAt}" />
      ${rows}${boxAt(column.middle, rootAt, box.wide, "own root", short(view.root), `${t.root}${lang === "en" ? ": " : "："}${range(whole)}`)}
    </svg>
    <figcaption>
      <ul class="legend">
        <li class="own">${t.own}</li>
        <li class="given">${t.given}</li>
      </ul>
    </figcaption>
    <details class="fold">
      <summary>${t.steps}</summary>
      <div class="fold-body">
        <ol>
          <li>${show(t.first(view.leaf), lang)}</li>
          ${steps.map(
            ({ own, sibling, side }) =>
              html`<li>
                ${t.step(
                  side,
                  range(sibling),
                  sibling.hash,
                  range({ from: Math.min(own.from, sibling.from), to: Math.max(own.to, sibling.to) }),
                )}
              </li>`,
          )}
          <li>${t.last(view.root)}</li>
        </ol>
      </div>
    </details>
  </figure>`;
}
