import type { Check, Diagnosis } from "#exchange";
import { openDeskForCommand } from "#sites";
import { messageOf, operatorName } from "./answer.ts";

/**
 * Asks a running gateway's desk to look at everything a call needs, and prints it.
 * @returns the exit status: 0 when all is good, 1 when something is not, 2 when the desk cannot be asked
 */
export async function diagnoseGateway(file: string, options: { readonly json?: boolean }): Promise<0 | 1 | 2> {
  let diagnosis: Diagnosis;
  try {
    diagnosis = await ask(file);
  } catch (fault) {
    console.error(messageOf(fault));
    return 2;
  }
  const all = [...diagnosis.own, ...diagnosis.peers.flatMap(({ checks }) => checks)];
  if (options.json) console.log(JSON.stringify(diagnosis, null, 2));
  else {
    console.log("This gateway");
    diagnosis.own.forEach(told);
    for (const { gateway, address, checks } of diagnosis.peers) {
      console.log(`\n${gateway}  ${address}`);
      checks.forEach(told);
    }
  }
  return all.every(({ state }) => state === "good") ? 0 : 1;
}

const signs = { good: "✓", warning: "!", bad: "✗" } as const;

function told({ name, state, seen, advice, milliseconds }: Check): void {
  const took = milliseconds === undefined ? "" : `  ${milliseconds.toFixed(0)} ms`;
  console.log(`  ${signs[state]} ${name.en.padEnd(30)} ${seen.en}${took}`);
  if (advice) console.log(`      ${advice.en}`);
}

async function ask(file: string): Promise<Diagnosis> {
  const { desk, cookie } = await openDeskForCommand(file, operatorName());
  const away = (cause: unknown): never => {
    throw Object.assign(new Error(`the gateway's desk at ${desk} does not answer: is the gateway running?`), {
      cause,
    });
  };
  const answer = await fetch(`${desk}/monitoring/diagnosis`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie, "content-type": "application/json" },
    body: "{}",
  }).catch(away);
  if (answer.status === 303) throw new Error(`the desk at ${desk} takes no sign-in from here: is it this gateway's?`);
  if (answer.status === 404) throw new Error(`${file} is not a gateway's file: only gateways are diagnosed`);
  if (!answer.ok) throw new Error(`the desk answers ${answer.status}`);
  return (await answer.json()) as Diagnosis;
}
