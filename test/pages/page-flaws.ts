import type { Language } from "#kernel";

const voids = new Set(["meta", "link", "input", "br", "hr", "img", "path", "circle", "rect"]);
const block =
  /^(div|p|ul|ol|li|dl|dt|dd|section|aside|main|nav|header|footer|table|tr|td|th|h[1-6]|form|pre|details|fieldset|legend)$/;
const phrasing = new Set([
  "p",
  "span",
  "small",
  "b",
  "label",
  "button",
  "code",
  "summary",
  "h1",
  "h2",
  "h3",
  "del",
  "ins",
]);

/** Lets a heading stand where HTML does: in a summary or a legend. */
function mayHold(parent: string, child: string): boolean {
  if (!phrasing.has(parent) || !block.test(child)) return true;
  return parent === "summary" && /^h[1-6]$/.test(child);
}

function attributesOf(text: string): Map<string, string> {
  return new Map([...text.matchAll(/([^\s=/"]+)(?:="([^"]*)")?/g)].map(([, name, value]) => [name!, value ?? ""]));
}

/** What is wrong with a page: nesting, ids, labels, inline code, leftovers, words in the wrong language. */
export function findFlaws(page: string, lang: Language): string[] {
  const flaws: string[] = [];
  const open: { name: string; chinese: boolean }[] = [];
  const ids = new Set<string>();
  const targets: string[] = [];
  const headings = { h1: 0 };
  let posting = false;
  let token = false;
  if (!page.startsWith("<!doctype html>")) flaws.push("no doctype");
  for (const [, closing, name, rest, words] of page.matchAll(
    /<(\/?)([a-z][a-z0-9-]*)((?:\s+[^\s=>"]+(?:="[^"]*")?)*)\s*\/?>|([^<]+)/gi,
  )) {
    const inside = open.at(-1);
    if (words !== undefined) {
      if (/undefined|\[object |NaN/.test(words)) flaws.push(`leftover: ${words.trim()}`);
      if (
        lang === "en" &&
        /\p{Script=Han}/u.test(words) &&
        !inside?.chinese &&
        inside?.name !== "option" &&
        inside?.name !== "title" &&
        inside?.name !== "textarea" &&
        inside?.name !== "caption" &&
        inside?.name !== "code"
      )
        flaws.push(`Chinese without lang: ${words.trim()}`);
      continue;
    }
    if (closing) {
      if (inside?.name !== name) flaws.push(`</${name}> closes <${inside?.name}>`);
      open.pop();
      if (name === "form" && posting && !token) flaws.push("form without csrf");
      if (name === "form") posting = false;
      continue;
    }
    const attributes = attributesOf(rest ?? "");
    if (inside && !mayHold(inside.name, name!)) flaws.push(`<${name}> inside <${inside.name}>`);
    if (attributes.has("style")) flaws.push("inline style");
    if ([...attributes.keys()].some((key) => key.startsWith("on"))) flaws.push("inline handler");
    if (name === "script" && !attributes.has("src") && attributes.get("type") !== "application/json")
      flaws.push("inline script");
    if (name === "h1") headings.h1 += 1;
    if (name === "form") [posting, token] = [attributes.get("method") === "post", false];
    if (name === "input" && attributes.get("name") === "csrf") token = true;
    const id = attributes.get("id");
    if (id !== undefined && ids.has(id)) flaws.push(`id ${id} twice`);
    if (id !== undefined) ids.add(id);
    for (const key of ["for", "aria-labelledby", "aria-describedby"])
      targets.push(...(attributes.get(key)?.split(" ") ?? []));
    if (attributes.get("href")?.startsWith("#")) targets.push(attributes.get("href")!.slice(1));
    if (!voids.has(name!))
      open.push({
        name: name!,
        chinese: attributes.has("lang") ? attributes.get("lang") === "zh-Hant-TW" : (inside?.chinese ?? false),
      });
  }
  for (const left of open) flaws.push(`<${left.name}> never closed`);
  for (const target of targets) if (!ids.has(target)) flaws.push(`#${target} points nowhere`);
  if (headings.h1 !== 1) flaws.push(`${headings.h1} h1`);
  if (!page.includes(`<html lang="${lang === "en" ? "en" : "zh-Hant-TW"}">`)) flaws.push("wrong language of the page");
  return flaws;
}
