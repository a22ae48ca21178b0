import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, test } from "node:test";
import { problemTables } from "#sites";
import { generatedFiles } from "../scripts/gen.ts";

const listed = (pattern: string): string[] =>
  execFileSync("git", ["ls-files", "-co", "--exclude-standard", pattern], { encoding: "utf8" })
    .split("\n")
    .filter((file) => file !== "" && existsSync(file));

/** Relative links and pictures of a Markdown text, fenced and inline code left out. */
function linksOf(markdown: string): string[] {
  const prose = markdown.replaceAll(/^```[\s\S]*?^```/gm, "").replaceAll(/`[^`\n]*`/g, "");
  return [...prose.matchAll(/\]\(([^)\s]+)\)|<img[^>]+src="([^"]+)"/g)]
    .map((match) => match[1] ?? match[2]!)
    .filter((link) => !/^(?:[a-z]+:|#)/.test(link));
}

function deadLinks(file: string, markdown: string): string[] {
  return linksOf(markdown)
    .filter((link) => !existsSync(join(dirname(file), decodeURI(link.split("#")[0]!))))
    .map((link) => `${file}: ${link}`);
}

describe("the documents", () => {
  const files = listed("*.md").filter((file) => !file.includes("/vectors/"));

  test("link to files that are there", () => {
    assert.ok(files.length > 100, "hardly any document found: the scan is broken");
    assert.deepEqual(
      files.flatMap((file) => deadLinks(file, readFileSync(file, "utf8"))),
      [],
    );
  });

  test("a dead link is found, in prose and as a picture", () => {
    const planted = '[a](gone.md) [b](../package.json#x) `[c](code.md)` [d](https://example.org) <img src="gone.png">';
    assert.deepEqual(deadLinks("docs/canary.md", planted), ["docs/canary.md: gone.md", "docs/canary.md: gone.png"]);
  });

  test("are what the generator makes from the code; `npm run gen` writes them", () => {
    const made = generatedFiles();
    const outdated = [...made].filter(([file, content]) => !existsSync(file) || readFileSync(file, "utf8") !== content);
    assert.deepEqual(
      outdated.map(([file]) => file),
      [],
    );
    const stale = [...listed("docs/problems/*"), ...listed("docs/reference/**")].filter((file) => !made.has(file));
    assert.deepEqual(stale, []);
  });

  test("number the decisions without a gap and call each by its title", () => {
    const decisions = listed("docs/decisions/*.md").filter((file) => !file.endsWith("README.md"));
    assert.ok(decisions.length >= 10);
    for (const [at, file] of decisions.sort().entries()) {
      const number = String(at + 1).padStart(4, "0");
      assert.ok(file.startsWith(`docs/decisions/${number}-`), `${file} should be number ${number}`);
      const text = readFileSync(file, "utf8");
      assert.match(text, new RegExp(`^# ${Number(number)}\\. `), file);
      for (const part of ["Context", "Options", "Decision", "Consequences"])
        assert.ok(text.includes(`\n## ${part}\n`), `${file} has no section ${part}`);
    }
  });

  test("give every dependency a reason", () => {
    const reasons = readFileSync("docs/decisions/0011-dependencies.md", "utf8");
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(
      readFileSync("package.json", "utf8"),
    ) as Record<"dependencies" | "devDependencies" | "optionalDependencies", Record<string, string>>;
    const names = Object.keys({ ...dependencies, ...devDependencies, ...optionalDependencies });
    assert.deepEqual(
      names.filter((name) => !reasons.includes(`\`${name}\``)),
      [],
    );
  });
});

describe("the problem pages", () => {
  const codes = Object.values(problemTables).flatMap((table) => Object.keys(table));
  const pages = listed("docs/problems/*.md").map((file) => file.replace(/^docs\/problems\/(.*)\.md$/, "$1"));

  test("are one for each code, and no other", () => {
    assert.ok(codes.length > 50);
    assert.deepEqual(new Set(pages), new Set([...codes, "README"]));
  });

  test("speak both languages, with something to do", () => {
    for (const [module, table] of Object.entries(problemTables))
      for (const [code, { title, action, status, when }] of Object.entries(table)) {
        for (const text of [title["zh-Hant"], title.en, action["zh-Hant"], action.en, when])
          assert.ok(text.trim().length > 3, `${module} ${code}`);
        assert.ok(status >= 400 && status < 600, `${module} ${code}`);
      }
  });

  test("mean one thing each: no two modules share a code", () => {
    assert.deepEqual(
      codes.filter((code, at) => codes.indexOf(code) !== at),
      [],
    );
  });
});

test("docs/modules.json lists the modules in the order of the house", () => {
  const names = Object.keys(JSON.parse(readFileSync("docs/modules.json", "utf8")) as object);
  const doors = Object.keys(
    (JSON.parse(readFileSync("package.json", "utf8")) as { imports: Record<string, string> }).imports,
  )
    .map((door) => door.slice(1))
    .filter((door) => names.includes(door));
  assert.deepEqual(doors, names);
});
