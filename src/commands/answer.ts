import { userInfo } from "node:os";

/** What went wrong, in one line. */
export function messageOf(fault: unknown): string {
  return fault instanceof Error ? fault.message : String(fault);
}

/** Runs a command; a fault becomes its message and exit status 1. */
export async function told(work: () => Promise<void>): Promise<0 | 1> {
  try {
    await work();
    return 0;
  } catch (fault) {
    console.error(messageOf(fault));
    return 1;
  }
}

/** Prints what came of a command. 0 done, 1 refused (what was asked cannot be had so), 2 could not. */
export async function answer(work: () => Promise<unknown>): Promise<void> {
  try {
    const said = await work();
    console.log(JSON.stringify(said, null, 2));
  } catch (fault) {
    console.error(messageOf(fault));
    const { exchangeProblems } = await import("#exchange");
    const code = String((fault as { code?: unknown }).code);
    const refused = code !== "authority-unreachable" && (code in exchangeProblems || ownRefusals.has(code));
    process.exitCode = refused ? 1 : 2;
  }
}

const ownRefusals: ReadonlySet<string> = new Set([
  "invitation-file",
  "join-options",
  "member-malformed",
  "request-options",
  "key-wrong",
  "key-missing",
]);

/** Under whose name an act is written down unless told. */
export function operatorName(): string {
  return `cli:${userInfo().username}`;
}
