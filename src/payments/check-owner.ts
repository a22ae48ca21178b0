import { err, ok, uuidV7, type Result } from "#kernel";
import type { Account, AccountRefusal, OwnerChannel, OwnerVerdict } from "./contract.ts";
import { today, type Payments } from "./open.ts";
import type { PaymentsRefusal } from "./problems.ts";
import {
  insertOwnerCheck,
  lockOwnerChecks,
  newestOwnerCheck,
  ownerCheckCounts,
  setOwnerResult,
  type OwnerCheckRow,
} from "./store-owner-checks.ts";

export interface OwnerQuestion {
  /** Who asks: the signed-in person's id in this system, for the limit. Not an identity number. */
  readonly person: string;
  readonly account: Account;
  /** The holder's national or company number and name, for the bank only; neither is stored here. */
  readonly holderNumber: string;
  readonly holderName: string;
}

export interface OwnerAnswer {
  /** The account in the clearing system's form: this is what `grantEntitlement` should be given. */
  readonly account: Account;
  readonly verdict: OwnerVerdict;
  readonly askedAt: Date;
}

const perPerson = 5;
const perAccount = 20;

/**
 * Asks the account's bank, while the person is still on the page, whether the account is theirs. A bank that does not
 * answer within 3 seconds gives `unknown`: accept the account, mark it unchecked and ask again later.
 * Five questions a person a day and twenty an account, counted before the bank is asked; an account that nobody asked about
 * yet is kept as `unknown` beyond them.
 */
export async function checkOwner(
  payments: Payments,
  channel: OwnerChannel,
  question: OwnerQuestion,
  patienceMs: number = 3000,
): Promise<Result<OwnerAnswer, AccountRefusal | PaymentsRefusal<"owner-check-limit">>> {
  const checked = payments.banking.checkAccount(question.account, today(payments));
  if (!checked.ok) return checked;
  return askBank(payments, channel, { ...question, account: checked.value }, patienceMs, false);
}

/** What the banks last said about an account, and whether that is still good: a match, not older than 30 days. */
export async function ownerCheckOf(
  payments: Payments,
  account: Account,
): Promise<(OwnerCheckRow & { readonly good: boolean }) | undefined> {
  const newest = await newestOwnerCheck(payments.database, account);
  if (!newest) return undefined;
  const age = payments.clock.now().getTime() - newest.askedAt.getTime();
  return { ...newest, good: newest.result === "match" && age <= payments.limits.ownerCheckDays * 86_400_000 };
}

/**
 * Before money is released: the bank's answer of the last 30 days to this person, or a new one. The question is the system's, so it does
 * not count against the person's five a day.
 */
export async function recheckOwner(
  payments: Payments,
  channel: OwnerChannel,
  question: OwnerQuestion,
  patienceMs: number = 3000,
): Promise<Result<OwnerAnswer, AccountRefusal | PaymentsRefusal<"owner-check-limit">>> {
  const checked = payments.banking.checkAccount(question.account, today(payments));
  if (!checked.ok) return checked;
  const account = checked.value;
  const before = await ownerCheckOf(payments, account);
  if (before?.good && before.person === question.person)
    return ok({ account, verdict: { result: "match" }, askedAt: before.askedAt });
  return askBank(payments, channel, { ...question, account }, patienceMs, true);
}

async function askBank(
  payments: Payments,
  channel: OwnerChannel,
  question: OwnerQuestion,
  patienceMs: number,
  repeated: boolean,
): Promise<Result<OwnerAnswer, PaymentsRefusal<"owner-check-limit">>> {
  const { account } = question;
  const day = today(payments);
  const askedAt = payments.clock.now();
  const id = uuidV7(askedAt);

  const counted = await payments.database.transaction(async (tx) => {
    await lockOwnerChecks(tx);
    const counts = await ownerCheckCounts(tx, question.person, account, day);
    if ((!repeated && counts.person >= perPerson) || counts.account >= perAccount) {
      // Not asked is not confirmed: the release asks the bank about an account that stands here without a match.
      if (!(await newestOwnerCheck(tx, account))) {
        await insertOwnerCheck(tx, { id, person: question.person, account, day, askedAt, repeated: true });
        await setOwnerResult(tx, id, "unknown");
      }
      return false;
    }
    await insertOwnerCheck(tx, { id, person: question.person, account, day, askedAt, repeated });
    return true;
  });
  if (!counted) return err({ code: "owner-check-limit" });

  const verdict = await answerInTime(channel, { ...question, account }, patienceMs);
  await setOwnerResult(payments.database, id, verdict.result);
  return ok({ account, verdict, askedAt });
}

async function answerInTime(
  channel: OwnerChannel,
  { account, holderNumber, holderName }: OwnerQuestion,
  patienceMs: number,
): Promise<OwnerVerdict> {
  const late = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const silence = new Promise<OwnerVerdict>((done) => {
    timer = setTimeout(() => {
      late.abort();
      done({ result: "unknown" });
    }, patienceMs);
  });
  // A bank that is down is a bank that does not know, for the person on the page.
  const answer = channel
    .ask({ account, holderNumber, holderName }, late.signal)
    .catch((): OwnerVerdict => ({ result: "unknown" }));
  try {
    return await Promise.race([answer, silence]);
  } finally {
    clearTimeout(timer);
  }
}
