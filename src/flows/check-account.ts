import { nationalIdOf, type Session } from "#identity";
import { checkOwner, ownerCheckOf, recheckOwner, type Account, type OwnerVerdict } from "#payments";
import type { Case } from "#services";
import type { Portal } from "./portal.ts";

/** Verdicts that the person must answer with another account; the others let them go on. */
const mustChange: ReadonlySet<OwnerVerdict["result"]> = new Set<OwnerVerdict["result"]>([
  "number-differs",
  "no-such-account",
  "closed",
  "blocked",
  "branch-wrong",
]);

/**
 * Asks the bank, while the person is on the page, whether the account they gave is the applicant's, or the representative's
 * own. Answers the verdict only where another account is needed. A bank that does not answer, a name that differs a little, a
 * day's questions used up, and an organisation without a personal number let the person go on: the account stays unconfirmed,
 * and is asked about again before money is released.
 */
export async function accountToChange(
  portal: Portal,
  session: Session,
  state: Pick<Case, "principal" | "applicant">,
  account: Account,
): Promise<OwnerVerdict | undefined> {
  const { payments, owners } = portal;
  if (!owners) return undefined;
  const before = await ownerCheckOf(payments, account);
  if (before?.good && before.person === session.person.id) return undefined;
  const { principal, applicant } = state;
  const holders = [principal, ...(applicant.person === principal.person ? [] : [applicant])];
  let verdict: OwnerVerdict | undefined;
  for (const { person, name } of holders) {
    const holderNumber = await nationalIdOf(portal.identity, person).catch(() => undefined);
    if (holderNumber === undefined) continue;
    const question = { person: session.person.id, account, holderNumber, holderName: name };
    const answer = await checkOwner(payments, owners, question);
    if (!answer.ok) return undefined;
    ({ verdict } = answer.value);
    if (verdict.result !== "number-differs" && verdict.result !== "name-differs") break;
  }
  return verdict && mustChange.has(verdict.result) ? verdict : undefined;
}

/**
 * Before the money of a case is released: an account that was asked about longer ago than 30 days, or that its bank did not
 * confirm to one of them, is asked about once more. Answers the verdict only where the bank now says that it cannot be used.
 */
export async function accountToStop(
  portal: Portal,
  state: Pick<Case, "principal" | "applicant" | "answers">,
  accountQuestion: string,
): Promise<OwnerVerdict | undefined> {
  const { payments, owners } = portal;
  const given = state.answers[accountQuestion] as { institution?: string; account?: string } | undefined;
  if (!owners || !given) return undefined;
  const checked = payments.banking.checkAccount(
    { institution: given.institution ?? "", number: given.account ?? "" },
    portal.clock.now().toISOString().slice(0, 10),
  );
  const before = checked.ok ? await ownerCheckOf(payments, checked.value) : undefined;
  const asker = before && [state.principal, state.applicant].some(({ person }) => person === before.person);
  // That it is somebody else's is no answer to whether it is theirs.
  if (!checked.ok || !before || (before.good && asker)) return undefined;
  let verdict: OwnerVerdict | undefined;
  for (const { person, name } of [state.principal, state.applicant]) {
    const holderNumber = await nationalIdOf(portal.identity, person).catch(() => undefined);
    if (holderNumber === undefined) continue;
    const question = { person, account: checked.value, holderNumber, holderName: name };
    const answer = await recheckOwner(payments, owners, question);
    if (!answer.ok) return undefined;
    ({ verdict } = answer.value);
    if (verdict.result !== "number-differs" && verdict.result !== "name-differs") break;
  }
  return verdict && mustChange.has(verdict.result) ? verdict : undefined;
}
