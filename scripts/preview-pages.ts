/**
 * Writes every page with sample data, in both languages, to a folder: `node scripts/preview-pages.ts <folder>`.
 * Open index.html there in a browser; no server is needed.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Language } from "#kernel";
import { assets } from "#ui";
import { sampleChrome, samples } from "../test/pages/samples.ts";

const folder = process.argv[2] ?? "preview";
mkdirSync(join(folder, "assets"), { recursive: true });
const files = assets();
for (const file of [files.style, files.icon, files.script]) writeFileSync(join(folder, file.url), file.bytes);
const names: string[] = [];
for (const sample of samples) {
  for (const lang of ["zh-Hant", "en"] satisfies Language[]) {
    const page = String(sample.render(lang, sampleChrome(sample, lang))).replaceAll('"/assets/', '"assets/');
    writeFileSync(join(folder, `${sample.name}.${lang}.html`), page);
    names.push(`${sample.name}.${lang}`);
  }
}
const list = names.map((name) => `<li><a href="${name}.html">${name}</a></li>`).join("");
writeFileSync(join(folder, "index.html"), `<!doctype html><html lang="en"><title>Pages</title><ul>${list}</ul></html>`);
console.log(`${names.length} pages in ${folder}`);
