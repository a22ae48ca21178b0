import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Country } from "#flows";
import {
  identityProblems,
  inviteManagers,
  staffAt,
  staffDue,
  staffOf,
  type OfficeRole,
  type StaffMember,
} from "#identity";
import { systemClock } from "#kernel";
import { messageOf } from "./answer.ts";

/** What the verbs of `taroko staff` may be told. */
export interface StaffOptions {
  /** The portal's database. */
  readonly database: string;
  /** File of the country's module. */
  readonly country: string;
  readonly json?: boolean;
}

type Place = Parameters<typeof staffOf>[0];
const page = 200;

/** `taroko staff managers`. @returns exit status: 0 invited, 1 refused, 2 could not */
export function nameManagers(agency: string, names: readonly string[], o: StaffOptions): Promise<number> {
  return at(o, [agency], async (place) => {
    const invited = await inviteManagers(place, agency, names);
    if (!invited.ok) {
      const { title, action } = identityProblems[invited.error.code as keyof typeof identityProblems];
      console.error(`${title.en}. ${action.en}`);
      return 1;
    }
    if (o.json) console.log(JSON.stringify({ agency, invited: invited.value }, null, 2));
    else {
      for (const { name, code } of invited.value) console.log(`${code}  ${name}`);
      console.log(
        "Each code is good for one acceptance within 30 days, at /desk/office of the portal, after signing in by card.",
      );
    }
    return 0;
  });
}

/** `taroko staff list`. @returns exit status */
export function listStaff(agency: string, o: StaffOptions): Promise<number> {
  return at(o, [agency], async (place) => {
    const members = await everybody(place, agency);
    if (o.json) console.log(JSON.stringify(members, null, 2));
    else {
      for (const { name, accepted, roles } of members)
        console.log(`${name}${accepted ? "" : " (invited)"}  ${roles.map(roleText).join("; ") || "no role"}`);
      console.log(members.length === 1 ? "1 person." : `${members.length} people.`);
    }
    return 0;
  });
}

/** `taroko staff due`. @returns exit status: 0 nothing is due, 1 something is */
export function staffDueAt(agencies: readonly string[], o: StaffOptions): Promise<number> {
  return at(o, agencies, async (place, known) => {
    const found = await Promise.all(
      (agencies.length > 0 ? agencies : known).map(async (agency) => {
        const members = await everybody(place, agency);
        const managers = members.filter(({ roles }) =>
          roles.some(({ role, state }) => role === "staff-manager" && state === "in-force"),
        ).length;
        return { agency, staff: members.length, managers, ...(await staffDue(place, agency)) };
      }),
    );
    // An agency that has nobody here yet has nothing to look after.
    const shown = found.filter(({ agency, staff }) => staff > 0 || agencies.includes(agency));
    if (o.json) console.log(JSON.stringify(shown, null, 2));
    else
      for (const { agency, staff, managers, review, ending, asked } of shown)
        console.log(
          `${agency}: ${staff} on the staff, ${managers} managers${managers < 2 ? " (two are needed)" : ""}; to review ${review}, ending within a month ${ending}, waiting for a second manager ${asked}`,
        );
    return shown.some(({ managers, review, ending, asked }) => managers < 2 || review + ending + asked > 0) ? 1 : 0;
  });
}

/** Opens the place for one call. @returns exit status 2 where an agency is unknown or the database cannot be asked */
async function at(
  o: StaffOptions,
  agencies: readonly string[],
  work: (place: Place, known: readonly string[]) => Promise<number>,
): Promise<number> {
  try {
    const { country } = (await import(pathToFileURL(resolve(o.country)).href)) as { readonly country: Country };
    const known = country.agencies.map(({ key }) => key);
    const unknown = agencies.find((key) => !known.includes(key));
    if (unknown !== undefined) throw new Error(`${unknown} is no agency of the country; there are ${known.join(", ")}`);
    return await staffAt(o.database, systemClock, (place) => work(place, known));
  } catch (fault) {
    console.error(messageOf(fault));
    return 2;
  }
}

async function everybody(place: Place, agency: string): Promise<StaffMember[]> {
  const all: StaffMember[] = [];
  for (;;) {
    const { members, total } = await staffOf(place, agency, { limit: page, offset: all.length });
    all.push(...members);
    if (members.length === 0 || all.length >= total) return all;
  }
}

function roleText({ role, state, until, reviewBy }: OfficeRole): string {
  const day = (date: Date | undefined): string => date?.toISOString().slice(0, 10) ?? "";
  const ends = until ? ` until ${day(until)}` : "";
  return `${role} ${state}${ends}${state === "in-force" ? `, review by ${day(reviewBy)}` : ""}`;
}
