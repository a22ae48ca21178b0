import { err, ok, type Localised, type Result } from "#kernel";
import { setBudget } from "./books/books.ts";
import type { Payer, Purpose } from "./contract.ts";
import { today, type Payments } from "./open.ts";
import { isPayableText } from "./payable-text.ts";
import type { PaymentsRefusal } from "./problems.ts";
import {
  insertOpenProgramme,
  openProgrammeById,
  openProgrammes,
  type Programme,
  type ProgrammeLimits,
} from "./store-programmes.ts";

export interface NewProgramme {
  /** Lower-case letters, digits and hyphens, at most 40. */
  readonly id: string;
  readonly title: Localised;
  /** The law or act that the programme rests on, as it is cited. */
  readonly law: string;
  readonly purpose: Purpose;
  /** Whose account is debited; without it the house's own payer. */
  readonly payer?: Payer;
  /** The whole budget, in the currency's smallest unit; see `setBudget`. Without it the programme is not limited. */
  readonly budget?: bigint;
  readonly limits?: Partial<ProgrammeLimits>;
  /** The human who opens it. */
  readonly openedBy: string;
}

/**
 * Opens a programme: from now on payments may be granted from it and rosters imported into it.
 * The same programme again answers what is there; another one under a known name is refused.
 */
export async function openProgramme(
  payments: Payments,
  wanted: NewProgramme,
): Promise<
  Result<Programme, PaymentsRefusal<"programme-invalid" | "programme-differs" | "budget-exhausted" | "amount-invalid">>
> {
  const wrong = faultOf(wanted);
  if (wrong !== undefined) return err({ code: "programme-invalid", params: { field: wrong }, inside: wrong });
  const { id, title, law, purpose, limits, openedBy } = wanted;
  const account = wanted.payer && payments.banking.checkAccount(wanted.payer.account, today(payments));
  if (account && !account.ok) return err({ code: "programme-invalid", params: { field: "payer" }, inside: "payer" });
  const payer = wanted.payer && account ? { ...wanted.payer, account: account.value } : null;
  const programme: Programme = {
    id,
    title: { "zh-Hant": title["zh-Hant"], en: title.en },
    law,
    purpose: { code: purpose.code, text: purpose.text },
    payer,
    limits: { maxPerAccount: 5, ...limits },
    openedAt: payments.clock.now(),
    openedBy,
  };
  if (!(await insertOpenProgramme(payments.database, programme))) {
    const there = (await openProgrammeById(payments.database, id))!;
    if (!sameProgramme(there, programme)) return err({ code: "programme-differs" });
  }
  if (wanted.budget !== undefined) {
    const given = await setBudget(payments, { programme: id, amount: wanted.budget, reason: law });
    if (!given.ok) return given;
  }
  return ok((await openProgrammeById(payments.database, id))!);
}

/** All programmes that are open, the house's own first. */
export function programmes(payments: Payments): Promise<Programme[]> {
  return openProgrammes(payments.database);
}

export function programmeById(payments: Payments, id: string): Promise<Programme | undefined> {
  return openProgrammeById(payments.database, id);
}

/** Who pays for a programme. */
export function payerOf(payments: Payments, programme: Pick<Programme, "payer">): Payer {
  return programme.payer ?? payments.payer;
}

/** The first field that cannot stay as it is. */
function faultOf(wanted: NewProgramme): string | undefined {
  const { title, law, purpose, payer, limits = {}, openedBy } = wanted;
  const amounts = [limits.perPayment, limits.thirdAbove, limits.batchThirdAbove];
  const texts: readonly (readonly [string, string, number])[] = [
    ["title", title["zh-Hant"], 140],
    ["title", title.en, 140],
    ["law", law, 200],
    ["purpose", purpose.text, 90],
    ["openedBy", openedBy, 200],
    ...(payer
      ? ([
          ["payer", payer.agencyName, 140],
          ["payer", payer.organisationId, 35],
          ["payer", payer.accountName, 140],
        ] as const)
      : []),
  ];
  if (!/^[a-z0-9][a-z0-9-]{0,39}$/.test(wanted.id)) return "id";
  const text = texts.find(([, value, longest]) => !isPayableText(value, longest));
  if (text) return text[0];
  if (!/^[A-Z]{4}$/.test(purpose.code)) return "purpose";
  if (amounts.some((amount) => amount !== undefined && (amount <= 0n || amount >= 1n << 63n))) return "limits";
  const { maxPerAccount = 5 } = limits;
  return Number.isInteger(maxPerAccount) && maxPerAccount > 0 && maxPerAccount < 1_000_000 ? undefined : "limits";
}

function sameProgramme(one: Programme, other: Programme): boolean {
  const content = ({ title, law, purpose, payer, limits }: Programme): string =>
    JSON.stringify([
      [title["zh-Hant"], title.en, law, purpose?.code, purpose?.text],
      payer && [
        payer.agencyName,
        payer.organisationId,
        payer.accountName,
        payer.account.institution,
        payer.account.number,
      ],
      [limits.perPayment, limits.thirdAbove, limits.batchThirdAbove].map(String),
      limits.maxPerAccount,
    ]);
  return content(one) === content(other);
}
