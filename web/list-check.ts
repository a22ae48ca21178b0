import type { ListVerdict, PersonList } from "#ledger/lists";
import { listWords } from "./list-words.ts";
import { CheckElement, fetchText } from "./check-element.ts";
import { languageOf, reasonLines } from "./refusal.ts";

/** The file of a person's whole list in one log, as the portal hands it out. */
interface ListFile {
  readonly subject: string;
  readonly list: PersonList;
}

/**
 * `<list-check data-list="url" data-policy="url">`: checks in this browser that a log holds exactly these entries about
 * the person, and looks which of them stand among the proven lines of this page (`data-log`, `data-index`).
 */
export class ListCheck extends CheckElement {
  protected words(): Words {
    return listWords[languageOf(this)];
  }

  protected async check(result: HTMLElement): Promise<void> {
    const [file, policy, { verifyPersonList }] = await Promise.all([
      fetchText(this.dataset["list"] ?? ""),
      fetchText(this.dataset["policy"] ?? ""),
      import("#ledger/lists"),
    ]);
    // Which log and which list is asked for says the page, not the file.
    const { topic = "", origin = "" } = this.dataset;
    const { subject, list } = JSON.parse(file) as ListFile;
    const verdict = await verifyPersonList(list, { subject, topic, origin }, policy);
    if (verdict.ok) show(result, verdict, this.words());
    else await showRefusal(result, verdict, this.words());
  }
}

type Words = (typeof listWords)["en"];

type Failed = Extract<ListVerdict, { ok: false }>;

async function showRefusal(result: HTMLElement, verdict: Failed, words: Words): Promise<void> {
  const lines = await reasonLines(verdict, languageOf(result));
  result.replaceChildren(paragraph(words.bad, true), paragraph(words.steps[verdict.step]), ...lines.map(remark));
}

function show(result: HTMLElement, verdict: Extract<ListVerdict, { ok: true }>, words: Words): void {
  const { positions, origin, topic, from, upto } = verdict;
  const shown = new Set(
    [...document.querySelectorAll<HTMLElement>("[data-index]")]
      .filter(({ dataset }) => dataset["log"] === origin && dataset["topic"] === topic)
      .map(({ dataset }) => Number(dataset["index"])),
  );
  const listed = new Set(positions);
  const missing = positions.filter((position) => !shown.has(position));
  const denied = [...shown].filter((position) => position >= from && position < upto && !listed.has(position));
  const numbers = (which: readonly number[]): string =>
    which.slice(0, 20).join(words.comma) + (which.length > 20 ? "…" : "");
  const found = missing.length === 0 ? words.allHere : words.notHere(missing.length, numbers(missing));
  result.replaceChildren(
    paragraph(
      denied.length > 0
        ? words.denied(denied.length, numbers(denied))
        : words.good(positions.length, from, upto, new Date(verdict.at)),
      true,
    ),
    ...(positions.length > 0 ? [paragraph(found)] : []),
    ...verdict.witnesses.map(({ name, time }) => {
      const line = paragraph(words.signed(name, new Date(time * 1000)));
      line.className = "remark";
      return line;
    }),
  );
}

function paragraph(content: string, strong: boolean = false): HTMLElement {
  const element = document.createElement("p");
  if (strong) {
    const bold = document.createElement("b");
    bold.textContent = content;
    element.append(bold);
  } else element.textContent = content;
  return element;
}

/** A line of its own for what would otherwise run on behind the last. */
function remark(content: HTMLElement): HTMLElement {
  const line = document.createElement("p");
  line.className = "remark";
  line.append(...content.childNodes);
  return line;
}
