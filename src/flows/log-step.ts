import { randomBytes } from "node:crypto";
import { toBase64Url } from "#kernel";
import { personActs } from "#consent";
import { commitSync as commit, type Receipt } from "#ledger";
import { proofsOf, saveProof, type Case, type Effect } from "#services";
import type { Portal } from "./portal.ts";

/** The steps of a case that the log records. */
export type LoggedStep =
  | "submitted"
  | "viewed"
  | "decided"
  | "returned"
  | "withdrawn"
  | "released"
  | "paid"
  | "payment-failed"
  | "fee-paid"
  | "fee-waived"
  | "fee-lapsed";

/**
 * The effect that puts a step of a case into the portal's log, in the transaction of the step itself. The entry holds
 * salted commitments only: to the case number, to the person, and to the hash of the event (which covers all before it).
 */
export function logStep(portal: Portal, kind: LoggedStep, also?: (staged: bigint) => Effect): Effect {
  return async (tx, state) => {
    const salt = randomBytes(32);
    const rec = commit(state.head, salt);
    const { sub, label } = await portal.log.trace(tx, personActs(portal.member, state.principal.person), rec);
    const staged = await portal.log.append(
      tx,
      {
        v: 1,
        t: "case.event",
        at: `${state.events.at(-1)!.at.slice(0, 19)}Z`,
        member: portal.member,
        service: state.service,
        kind,
        cas: commit(state.number ?? state.id, salt),
        sub,
        rec,
      },
      { label },
    );
    await saveProof(tx, state.id, { seq: state.seq, staged, salt });
    await also?.(staged)(tx, state);
  };
}

/** The receipt of one logged step, as a file that verifies without us; `undefined` until witnesses have signed. */
export async function stepReceipt(portal: Portal, state: Case, seq: number): Promise<Receipt | undefined> {
  const proof = (await proofsOf(portal.database, state.id)).find((candidate) => candidate.seq === seq);
  const event = state.events.find((candidate) => candidate.seq === seq);
  if (!proof || !event) return undefined;
  const receipt = await portal.log.receipt(proof.staged);
  if (!receipt) return undefined;
  const salt = toBase64Url(proof.salt);
  const person = state.principal.person;
  const entry = Buffer.from(receipt.entry, "base64").toString("utf8");
  const [subSalt] = await portal.log.subjectSalts(personActs(portal.member, person), [entry]);
  return {
    ...receipt,
    opening: {
      commitments: {
        cas: { salt, value: state.number ?? state.id },
        ...(subSalt === undefined ? {} : { sub: { salt: subSalt, value: person } }),
        rec: { salt, value: event.hash },
      },
    },
  };
}
