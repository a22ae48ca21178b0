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

/** Refused payments whose refusal has one of these codes and that were never carried on by the system, oldest first. */
export function rejectedFor(sql: Sql, codes: readonly string[], limit: number): Promise<Instruction[]> {
  return sql.query(
    `select ${instructionColumns} from payments.instruction i
      where state = 'rejected'
        and exists (select 1 from payments.instruction_event e
                     where e.instruction = i.id and e.to_state = 'rejected' and e.detail ->> 'reason' = any($1))
        and not exists (select 1 from payments.instruction_event e where e.instruction = i.id and e.detail ? 'carried')
      order by id limit $2`,
    [codes, limit],
  );
}
