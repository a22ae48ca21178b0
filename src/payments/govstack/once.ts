import type { Sql } from "#store";
import { sha256, type ApiAnswer, type PaymentApi } from "./api.ts";
import { callBefore, claimCall, finishCall, type CallKey } from "./store-calls.ts";

/**
 * Does a call once. With the same number and content it is answered in the words of the first time, also while the first
 * is under way; with other content `different` answers. A refusal leaves the number free, so that the caller can mend the
 * call and send it again.
 */
export async function once(
  api: PaymentApi,
  call: CallKey,
  content: string,
  work: (tx: Sql) => Promise<ApiAnswer>,
  different: () => ApiAnswer,
): Promise<ApiAnswer> {
  const { database, clock } = api.payments;
  const hash = sha256(content);
  let refused: ApiAnswer | undefined;
  const done = await database
    .transaction(async (tx) => {
      if (!(await claimCall(tx, call, hash, clock.now()))) return undefined;
      const answer = await work(tx);
      if (answer.status >= 400) {
        refused = answer;
        throw new Error("undone");
      }
      await finishCall(tx, call, api.sealing.seal({ status: answer.status, body: answer.body }, rowOf(call)));
      return answer;
    })
    .catch((fault: unknown) => {
      if (refused) return refused;
      throw fault;
    });
  if (done) return done;
  const before = await callBefore(database, call);
  return before?.sha256.equals(hash) ? (api.sealing.open(before.sealed, rowOf(call)) as ApiAnswer) : different();
}

function rowOf({ client, operation, key }: CallKey): string {
  return `call ${client} ${operation} ${key}`;
}
