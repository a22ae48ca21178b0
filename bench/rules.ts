import { loadavg } from "node:os";
import { taiwan } from "#countries/taiwan";
import { loadModel, type DecisionModel, type FeelInput } from "#rules";
import { printTable } from "./figures.ts";
import { benchFeelPeers } from "./rules-peers.ts";

/**
 * Decisions a second: a table of ten, a hundred and a thousand rules, the subsidy's whole decision, and single expressions beside
 * the FEEL interpreters of npm. Processor time is the honest figure on a machine that others use too; wall time stands beside it.
 */
export async function benchRules(): Promise<void> {
  console.log(`Load before: ${loadavg()[0]!.toFixed(1)}\n`);
  const rows: (string | number)[][] = [];
  for (const count of [10, 100, 1000]) {
    const model = loaded(tableOf(count));
    const inputs = Array.from({ length: 100 }, (_, at) => ({
      income: (at * 7919) % (count * 10),
      kind: at % 2 === 0 ? "a" : "b",
      member: at % 3 !== 0,
    }));
    rows.push(tableRow(`a table of ${count} rules`, count, model, "amount", inputs));
  }
  rows.push(tableRow("the subsidy: eight decisions and tables", undefined, subsidyModel(), "outcome", [subsidyInputs]));
  printTable(
    ["", "a second of processor time", "a second on the clock", "ns a rule", "with explanation", "on the clock"],
    rows,
  );
  console.log();
  await benchFeelPeers();
}

export interface Rate {
  /** Runs in a second of this process's processor time, and of the clock. */
  readonly cpu: number;
  readonly wall: number;
}

/** The better of three runs of about `milliseconds` of processor time each, after one that does not count. */
export function rateOf(work: (run: number) => unknown, milliseconds: number = 400): Rate {
  let best: Rate = { cpu: 0, wall: 0 };
  for (let round = 0; round < 4; round += 1) {
    const before = process.cpuUsage();
    const from = performance.now();
    let runs = 0;
    let used = 0;
    do {
      for (let batch = 0; batch < 50; batch += 1) work(runs + batch);
      runs += 50;
      const { user, system } = process.cpuUsage(before);
      used = user + system;
    } while (used < milliseconds * 1000);
    const rate = { cpu: (runs / used) * 1e6, wall: (runs / (performance.now() - from)) * 1000 };
    if (round > 0 && rate.cpu > best.cpu) best = rate;
  }
  return best;
}

function tableRow(
  name: string,
  rules: number | undefined,
  model: DecisionModel,
  decision: string,
  inputs: readonly Readonly<Record<string, FeelInput>>[],
): (string | number)[] {
  const check = model.decide(decision, inputs[1 % inputs.length]!);
  if (check.value === null || check.messages.length > 0) throw new Error(`${name}: ${JSON.stringify(check.messages)}`);
  const decide = (explain: boolean) =>
    rateOf((run) => model.decide(decision, inputs[run % inputs.length]!, { explain }));
  const [plain, explained] = [decide(false), decide(true)];
  const perRule = rules === undefined ? "" : Math.round(1e9 / plain.cpu / rules);
  return [
    name,
    ...[plain.cpu, plain.wall].map(Math.round),
    perRule,
    ...[explained.cpu, explained.wall].map(Math.round),
  ];
}

function loaded(xml: string): DecisionModel {
  const model = loadModel(xml);
  if (!model.ok) throw new Error(model.error.code);
  return model.value;
}

/** Three columns: a range of numbers, a choice of two texts, a condition in every other row; the amount is computed. */
function tableOf(count: number): string {
  const cell = (tag: string, text: string) => `<${tag}><text>${text}</text></${tag}>`;
  const rules = Array.from({ length: count }, (_, at) => {
    const tests = [`[${at * 10}..${at * 10 + 10})`, '"a", "b"', at % 2 === 0 ? "-" : "true, false"];
    return `<rule>${tests.map((test) => cell("inputEntry", test)).join("")}${cell("outputEntry", `income * 0.${(at % 9) + 1}`)}</rule>`;
  });
  const columns = { income: "number", kind: "string", member: "boolean" };
  const inputs = Object.entries(columns).map(
    ([name, type]) => `<inputData id="${name}" name="${name}"><variable name="${name}" typeRef="${type}"/></inputData>`,
  );
  const requires = Object.keys(columns).map(
    (name) => `<informationRequirement><requiredInput href="#${name}"/></informationRequirement>`,
  );
  const heads = Object.entries(columns).map(
    ([name, type]) => `<input><inputExpression typeRef="${type}"><text>${name}</text></inputExpression></input>`,
  );
  const table = `<decisionTable hitPolicy="UNIQUE">${heads.join("")}<output/>${rules.join("")}</decisionTable>`;
  const decision = `<decision id="amount" name="amount"><variable name="amount" typeRef="number"/>${requires.join("")}${table}</decision>`;
  return `<definitions xmlns="https://www.omg.org/spec/DMN/20230324/MODEL/" name="bench" namespace="bench">${inputs.join("")}${decision}</definitions>`;
}

function subsidyModel(): DecisionModel {
  return loaded(taiwan.models["assistive-device-subsidy"]!.at(-1)!);
}

const subsidyInputs: Readonly<Record<string, FeelInput>> = {
  device: {
    id: "walker-standard",
    "item number": 44,
    cap: 800,
    name: { "zh-Hant": "助行器-一般型", en: "Walking frame, standard" },
  },
  "income class": "middle-low-income",
  certificate: { categories: ["7"], severity: "mild", valid_until: "2029-03-31" },
  today: "2026-11-22",
  "items in two years": 1,
  "already bought": false,
  "household in city": true,
  "other grants": [],
};
