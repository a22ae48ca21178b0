import type { Database } from "#store";
import { nameOf, type DemoPerson } from "./people.ts";

/** A register's row: field → value. */
export type Row = Readonly<Record<string, unknown>>;

/**
 * Fills the agencies' own databases, as if they had always been there. Each table belongs to one agency; no agency sees
 * another's. Filling again changes nothing.
 */
export const fillRegister: Readonly<
  Record<string, (database: Database, people: readonly DemoPerson[]) => Promise<unknown>>
> = {
  moda: fillCompanies,
  moi: fillHousehold,
  mohw: fillDisability,
  "taipei-social": fillWelfare,
};

async function fillHousehold(database: Database, people: readonly DemoPerson[]): Promise<void> {
  await once(database, "household", [
    `create table household.person (
      national_id text primary key, name text not null, birth_date date not null,
      county text not null, town text not null, village text not null, village_code text not null)`,
    `create table household.representation (
      representative_id text not null, principal_id text not null, principal_name text not null,
      kind text not null, valid_until date, primary key (representative_id, principal_id))`,
  ]);
  const householdFields = ["national_id", "name", "birth_date", "county", "town", "village", "village_code"] as const;
  await insertRows(database, "household.person", householdFields, householdRows(people));
  const fields = ["representative_id", "principal_id", "principal_name", "kind", "valid_until"] as const;
  await insertRows(database, "household.representation", fields, representationRows(people));
}

async function fillCompanies(database: Database, people: readonly DemoPerson[]): Promise<void> {
  await once(database, "company", [
    `create table company.officer (
      officer_id text not null, company_number text not null, company_name text not null,
      position text not null, signs text not null, valid_until date, primary key (officer_id, company_number))`,
  ]);
  const fields = ["officer_id", "company_number", "company_name", "position", "signs", "valid_until"] as const;
  await insertRows(database, "company.officer", fields, officerRows(people));
}

/** The household register's rows about people. */
export function householdRows(people: readonly DemoPerson[]): Row[] {
  return people.map((one) => {
    const { county, town, name } = one.village;
    return {
      national_id: one.nationalId,
      name: nameOf(one),
      birth_date: one.birthDate,
      county: one.noAddress ? "" : county["zh-Hant"],
      town: one.noAddress ? "" : town["zh-Hant"],
      village: one.noAddress ? "" : name["zh-Hant"],
      village_code: one.noAddress ? "" : one.village.code,
    };
  });
}

/** The household register's rows about who may act for whom. */
export function representationRows(people: readonly DemoPerson[]): Row[] {
  const byKey = new Map(people.map((one) => [one.key, one]));
  return people.flatMap((one) =>
    (one.actsFor ?? []).map(({ key, kind }) => {
      const principal = byKey.get(key)!;
      return {
        representative_id: one.nationalId,
        principal_id: principal.nationalId,
        principal_name: nameOf(principal),
        kind,
        valid_until: kind === "guardian" ? lastDayAsChild(principal.birthDate) : null,
      };
    }),
  );
}

/** The company register's rows. */
export function officerRows(people: readonly DemoPerson[]): Row[] {
  return people.flatMap((one) =>
    (one.represents ?? []).map(({ company, name, position, signs, until }) => ({
      officer_id: one.nationalId,
      company_number: company,
      company_name: name,
      position,
      signs,
      valid_until: until ?? null,
    })),
  );
}

/** The day before the eighteenth birthday. */
function lastDayAsChild(birthDate: string): string {
  const day = new Date(birthDate);
  day.setUTCFullYear(day.getUTCFullYear() + 18);
  return new Date(day.getTime() - 86_400_000).toISOString().slice(0, 10);
}

async function fillDisability(database: Database, people: readonly DemoPerson[]): Promise<void> {
  await once(database, "disability", [
    `create table disability.certificate (
      national_id text primary key, categories text[] not null, severity text not null, valid_until date not null)`,
  ]);
  await insertAll(
    database,
    "disability.certificate (national_id, categories, severity, valid_until)",
    people.flatMap((one) =>
      one.certificate
        ? [[one.nationalId, one.certificate.categories, one.certificate.severity, one.certificate.validUntil]]
        : [],
    ),
  );
}

async function fillWelfare(database: Database, people: readonly DemoPerson[]): Promise<void> {
  await once(database, "welfare", [
    `create table welfare.household_class (national_id text primary key, income_class text not null)`,
    `create table welfare.device_grant (
      national_id text not null, device_id text not null, granted_on date not null, primary key (national_id, device_id, granted_on))`,
    `create view welfare.status as
      select class.national_id, class.income_class,
        (select count(*)::int from welfare.device_grant one
          where one.national_id = class.national_id and one.granted_on > current_date - interval '2 years') as devices_in_two_years,
        array(select one.device_id from welfare.device_grant one where one.national_id = class.national_id order by one.granted_on) as device_ids
      from welfare.household_class class`,
  ]);
  await insertAll(
    database,
    "welfare.household_class (national_id, income_class)",
    people.map((one) => [one.nationalId, one.incomeClass ?? "general"]),
  );
  await insertAll(
    database,
    "welfare.device_grant (national_id, device_id, granted_on)",
    people.flatMap((one) => (one.grants ?? []).map((grant) => [one.nationalId, grant.deviceId, grant.grantedOn])),
  );
}

/** Makes a schema with its tables unless it is there. */
async function once(database: Database, schema: string, statements: readonly string[]): Promise<void> {
  await database.transaction(async (tx) => {
    if (await tx.one("select 1 from pg_namespace where nspname = $1", [schema])) return;
    await tx.run(`create schema ${schema}`);
    for (const statement of statements) await tx.run(statement);
  });
}

async function insertAll(database: Database, into: string, rows: readonly (readonly unknown[])[]): Promise<void> {
  await database.transaction(async (tx) => {
    for (const row of rows)
      await tx.run(
        `insert into ${into} values (${row.map((_, at) => `$${at + 1}`).join(",")}) on conflict do nothing`,
        row,
      );
  });
}

function insertRows(database: Database, table: string, fields: readonly string[], rows: readonly Row[]): Promise<void> {
  return insertAll(
    database,
    `${table} (${fields.join(", ")})`,
    rows.map((row) => fields.map((field) => row[field])),
  );
}
