/** The SQL of payments that are sent again or wait too long (schema `payments`). */
import type { Sql } from "#store";
import { instructionColumns, type Instruction } from "./store.ts";

/** Refused payments of a file after `after`, locked. */
export function rejectedOfFile(tx: Sql, file: string, after: string, limit: number): Promise<Instruction[]> {
  return tx.query(
    `select ${instructionColumns} from payments.instruction
      where file = $1 and state = 'rejected' and id > $2 order by id limit $3 for update`,
    [file, after, limit],
  );
}
