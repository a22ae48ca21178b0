/**
 * `npm run bench -- NAME …`: runs the named benchmarks, or lists them. Each prints a table; figures are medians of several
 * runs unless it says otherwise. Machines are noisy: compare ratios within one run.
 */
import { benchChecks } from "./exchange-checks.ts";
import { benchExchange } from "./exchange.ts";
import { benchExchangeLarge } from "./exchange-large.ts";
import { benchGuess } from "./guess.ts";
import { benchIdentity } from "./identity.ts";
import { benchLedger } from "./ledger.ts";
import { benchPages } from "./pages.ts";
import { benchPayments } from "./payments.ts";
import { benchRules } from "./rules.ts";
import { benchStart } from "./start.ts";

const benches: Readonly<Record<string, { about: string; run: () => Promise<void> }>> = {
  start: { about: "from the command to the story finished, first start and second", run: benchStart },
  pages: { about: "server time of every page, as p50 and p95", run: benchPages },
  exchange: {
    about:
      "one service called directly, through two nginx with mutual TLS, and through two gateways with everything on",
    run: benchExchange,
  },
  "exchange-large": {
    about: "1 GiB up and down over two gateways: throughput, and the largest memory of each",
    run: benchExchangeLarge,
  },
  checks: { about: "looking into one call of 1 KB: fields kept, request and response checked", run: benchChecks },
  ledger: {
    about: "appends, time to sequenced and to cosigned, proofs in Node and in a browser, files served, growth",
    run: benchLedger,
  },
  guess: {
    about: "every identity number tried against a published log, and against one without salts",
    run: benchGuess,
  },
  identity: {
    about: "card sign-ins and session checks a second, with a thousand persons and a million",
    run: benchIdentity,
  },
  payments: {
    about: "a payment to many: roster, batch, files, reports, booked; a second each, and the largest memory",
    run: benchPayments,
  },
  rules: { about: "decisions a second with 10 to 1,000 rules, and FEEL beside npm's interpreters", run: benchRules },
};

const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !benches[name]);
if (wanted.length === 0 || unknown.length > 0) {
  if (unknown.length > 0) console.error(`No benchmark is called ${unknown.join(", ")}.`);
  for (const [name, { about }] of Object.entries(benches)) console.log(`npm run bench -- ${name.padEnd(10)} ${about}`);
  process.exit(unknown.length > 0 ? 1 : 0);
}
for (const name of wanted) {
  console.log(`\n## ${name}: ${benches[name]!.about}\n`);
  await benches[name]!.run();
}
process.exit(0);
