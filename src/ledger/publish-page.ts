import { formatPolicy } from "./policy.ts";

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (sign) => `&#${sign.charCodeAt(0)};`);
}

/**
 * The page at the prefix of a published log, for people who come by: what this is, its key, and whom to believe. It is
 * outside the formats and outside the trust: a reader takes key and policy from elsewhere.
 */
export function logPage(about: {
  readonly origin: string;
  readonly vkey: string;
  readonly witnesses: readonly { readonly name: string; readonly vkey: string; readonly url?: string }[];
  readonly quorum: number;
  /** Whom to write to. */
  readonly contact?: string | undefined;
}): string {
  const { origin, vkey, witnesses, quorum, contact } = about;
  const policy = formatPolicy({ logs: [vkey], witnesses, quorum });
  const ask = contact === undefined ? "" : `<p>聯絡 <span lang="en">Contact</span>: ${escaped(contact)}</p>\n`;
  return `<!doctype html>
<html lang="zh-Hant">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(origin)}</title>
<style>body{max-width:45rem;margin:2rem auto;padding:0 1rem;font:1rem/1.7 sans-serif}pre{overflow-x:auto;background:#f3f3f3;padding:1rem}</style>
<h1>公開紀錄 <span lang="en">Public record</span></h1>
<p>只能新增、無法改寫的紀錄。任何人都可以用 C2SP tlog-tiles 的工具讀取與查驗：<a href="checkpoint">checkpoint</a>。</p>
<p lang="en">A log that can only grow. Anybody can read and check it with tools for C2SP tlog-tiles, from its <a href="checkpoint">checkpoint</a> on.</p>
<h2>名稱與金鑰 <span lang="en">Origin and verifier key</span></h2>
<pre>${escaped(origin)}\n${escaped(vkey)}</pre>
<h2>查驗政策 <span lang="en">Policy</span></h2>
<pre>${escaped(policy)}</pre>
<p>請不要只相信這一頁：金鑰與政策應取自另一個您信任的來源。</p>
<p lang="en">Do not believe this page alone: take key and policy from another source that you trust.</p>
<h2>保存 <span lang="en">Retention</span></h2>
<p>全部保留，從第 0 筆起都可讀取。</p>
<p lang="en">Everything is kept; all entries from index 0 on can be read.</p>
${ask}</html>
`;
}
