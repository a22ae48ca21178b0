import type { Database } from "#store";
import type { DemoPerson } from "./people.ts";

/**
 * Fills the agencies' own databases, as if they had always been there. Each table belongs to one agency; no agency sees
 * another's. Filling again changes nothing.
 */
export const fillRegister: Readonly<
  Record<string, (database: Database, people: readonly DemoPerson[]) => Promise<unknown>>
> = {
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
  await insertAll(
    database,
    "household.person (national_id, name, birth_date, county, town, village, village_code)",
    people.map((one) => [
      one.nationalId,
      nameOf(one),
      one.birthDate,
      one.village.county["zh-Hant"],
      one.village.town["zh-Hant"],
      one.village.name["zh-Hant"],
      one.village.code,
    ]),
  );
  const byKey = new Map(people.map((one) => [one.key, one]));
  await insertAll(
    database,
    "household.representation (representative_id, principal_id, principal_name, kind)",
    people.flatMap((one) =>
      (one.actsFor ?? []).map(({ key, kind }) => [
        one.nationalId,
        byKey.get(key)!.nationalId,
        nameOf(byKey.get(key)!),
        kind,
      ]),
    ),
  );
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

function nameOf(one: DemoPerson): string {
  return one.surname + one.givenName;
}
