/** The SQL of programmes (schema `payments`). */
import type { Localised } from "#kernel";
import type { Sql } from "#store";
import type { Payer, Purpose } from "./contract.ts";

/** What no payment and no batch of a programme may exceed. Amounts in the currency's smallest unit. */
export interface ProgrammeLimits {
  /** The largest single payment. Without it, the house's own limit (`largestAmount`). */
  readonly perPayment?: bigint;
  /** A batch that holds a payment above this needs a third human. Without it none does. */
  readonly thirdAbove?: bigint;
  /** A batch whose total is above this needs a third human. Without it none does. */
  readonly batchThirdAbove?: bigint;
  /** More payments than this to one account stop a batch. */
  readonly maxPerAccount: number;
}

/** A benefit scheme: what the money is for, the law it rests on, who pays, and its limits. */
export interface Programme {
  /** Lower-case letters, digits and hyphens, at most 40. */
  readonly id: string;
  readonly title: Localised;
  /** The law or act that the programme rests on, as it is cited. */
  readonly law: string;
  /** What a roster of this programme is paid as. `null` where each decision says its own. */
  readonly purpose: Purpose | null;
  /** Whose account is debited. `null`: the house's own payer. */
  readonly payer: Payer | null;
  readonly limits: ProgrammeLimits;
  readonly openedAt: Date;
  readonly openedBy: string;
}

interface Row extends Omit<Programme, "limits"> {
  readonly perPayment: bigint | null;
  readonly thirdAbove: bigint | null;
  readonly batchThirdAbove: bigint | null;
  readonly maxPerAccount: number;
}

const columns = `id, title, law, payer, opened_at as "openedAt", opened_by as "openedBy",
  case when purpose_code is not null then json_build_object('code', purpose_code, 'text', purpose_text) end as purpose,
  per_payment as "perPayment", third_above as "thirdAbove", batch_third_above as "batchThirdAbove",
  max_per_account as "maxPerAccount"`;

export async function openProgrammes(sql: Sql): Promise<Programme[]> {
  const rows = await sql.query<Row>(
    `select ${columns} from payments.programme where opened_at is not null order by id = 'main' desc, id`,
  );
  return rows.map(programmeOf);
}

export async function openProgrammeById(sql: Sql, id: string): Promise<Programme | undefined> {
  const row = await sql.one<Row>(`select ${columns} from payments.programme where id = $1 and opened_at is not null`, [
    id,
  ]);
  return row && programmeOf(row);
}

/** Answers false, and changes nothing, when the programme is open already. */
export async function insertOpenProgramme(tx: Sql, programme: Programme): Promise<boolean> {
  const { limits } = programme;
  const written = await tx.run(
    `insert into payments.programme as p (id, title, law, purpose_code, purpose_text, payer, per_payment, third_above,
       batch_third_above, max_per_account, opened_at, opened_by)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
     on conflict (id) do update set title = excluded.title, law = excluded.law, purpose_code = excluded.purpose_code,
       purpose_text = excluded.purpose_text, payer = excluded.payer, per_payment = excluded.per_payment,
       third_above = excluded.third_above, batch_third_above = excluded.batch_third_above,
       max_per_account = excluded.max_per_account, opened_at = excluded.opened_at, opened_by = excluded.opened_by
     where p.opened_at is null`,
    [
      programme.id,
      JSON.stringify(programme.title),
      programme.law,
      programme.purpose?.code ?? null,
      programme.purpose?.text ?? null,
      programme.payer && JSON.stringify(programme.payer),
      limits.perPayment ?? null,
      limits.thirdAbove ?? null,
      limits.batchThirdAbove ?? null,
      limits.maxPerAccount,
      programme.openedAt,
      programme.openedBy,
    ],
  );
  return written === 1;
}

function programmeOf({ perPayment, thirdAbove, batchThirdAbove, maxPerAccount, ...row }: Row): Programme {
  return {
    ...row,
    limits: {
      ...(perPayment !== null && { perPayment }),
      ...(thirdAbove !== null && { thirdAbove }),
      ...(batchThirdAbove !== null && { batchThirdAbove }),
      maxPerAccount,
    },
  };
}
