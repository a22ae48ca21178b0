import { taiwan } from "#countries/taiwan";
import { loadModel } from "#rules";
import { printTable, sample, median } from "./figures.ts";

/** The subsidy's whole decision: eight decisions and tables, loaded once. */
export async function benchRules(): Promise<void> {
  const loaded = loadModel(taiwan.models["assistive-device-subsidy"]![0]!);
  if (!loaded.ok) throw new Error(loaded.error.code);
  const inputs = {
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
  const rows: (string | number)[][] = [];
  for (const explain of [false, true]) {
    const each = 200;
    const samples = await sample(20, 3, async () => {
      for (let done = 0; done < each; done += 1) loaded.value.decide("outcome", inputs, { explain });
    });
    rows.push([explain ? "with explanation" : "value only", (each * 1000) / median(samples)]);
  }
  printTable(["the subsidy's decision", "a second"], rows);
}
