import { Option, type Command } from "commander";

interface StaffFlags {
  readonly database: string;
  readonly country: string;
  readonly json?: boolean;
}

/** `taroko staff …`: agencies' staff, for the portal's operator. `country`: the module that is taken unless told. */
export function staffCommands(program: Command, country: string): void {
  const staff = program
    .command("staff")
    .description("agencies' staff at a portal: name first managers, see who and what is due");
  const verb = (name: string, about: string): Command =>
    staff
      .command(name)
      .description(about)
      // By its name, since a default would stand in the help with its password.
      .addOption(
        new Option("--database <address>", "the portal's database, postgres://…")
          .env("DATABASE_URL")
          .makeOptionMandatory(),
      )
      .option("--country <module>", "the country's module, for its agencies", country)
      .option("--json", "print JSON");
  verb("managers", "invite an agency's first staff managers; prints a code for each, once")
    .argument("<agency>", "the agency's key, for example taipei-social")
    .argument("<names...>", "of the two persons, for the agency's list until they accept")
    .addHelpText(
      "after",
      `
Example: npx taroko staff managers taipei-social "Tsai Yi-chun" "Lu Ming-che"

Hand each code over in person. Its holder signs in at the portal with a card and types it at /desk/office within 30 days.
Earlier invitations of this command to the agency end. An agency with two managers in force invites its people itself.
Exit status: 0 invited, 1 refused, 2 could not. See docs/guides/staff-of-an-agency.md.`,
    )
    .action(async (agency: string, names: string[], flags: StaffFlags) => {
      const { nameManagers } = await import("./manage-staff.ts");
      process.exitCode = await nameManagers(agency, names, flags);
    });
  verb("list", "who is on an agency's staff, with which roles, until when")
    .argument("<agency>", "the agency's key")
    .action(async (agency: string, flags: StaffFlags) => {
      const { listStaff } = await import("./manage-staff.ts");
      process.exitCode = await listStaff(agency, flags);
    });
  verb("due", "roles to review, roles that end within a month, and agencies without two managers")
    .argument("[agencies...]", "their keys; all of the country unless told")
    .addHelpText("after", "\nExit status: 0 nothing is due, 1 something is, 2 could not be asked.")
    .action(async (agencies: string[], flags: StaffFlags) => {
      const { staffDueAt } = await import("./manage-staff.ts");
      process.exitCode = await staffDueAt(agencies, flags);
    });
}
