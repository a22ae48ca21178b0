import { consentProblems } from "#consent";
import { exchangeProblems } from "#exchange";
import { flowProblems } from "#flows";
import { identityProblems } from "#identity";
import type { ProblemTable } from "#kernel";
import { ledgerProblems } from "#ledger";
import { feesProblems, paymentApiProblems, paymentsProblems } from "#payments";
import { registerProblems } from "#registries";
import { rulesProblems } from "#rules";
import { serviceProblems } from "#services";
import { siteProblems } from "./portal/problems.ts";

/** The refusals of every module, by module. The problem pages and the documentation are made from this one list. */
export const problemTables: Readonly<Record<string, ProblemTable>> = {
  identity: identityProblems,
  exchange: exchangeProblems,
  registries: registerProblems,
  consent: consentProblems,
  rules: rulesProblems,
  payments: { ...paymentsProblems, ...paymentApiProblems, ...feesProblems },
  services: serviceProblems,
  ledger: ledgerProblems,
  flows: flowProblems,
  sites: siteProblems,
};
