import type { ConfigurationBody } from "#exchange";
import { formatPolicy, parsePolicy } from "#ledger";
import { logsOf } from "../follow-configuration.ts";

/**
 * The policy a receipt is judged by (C2SP tlog-policy): every log of the country with its address, and all its witnesses,
 * as the authority's signed configuration names them. The file that `taroko verify`, `taroko monitor` and browsers use.
 * A member that announces no key, or another one's, must not make the file unreadable for all: that log is left out.
 */
export async function policyOf(
  configuration: ConfigurationBody,
  own: { readonly origin: string; readonly vkey: string; readonly url: string },
): Promise<string> {
  const keys = new Set<string>();
  const logs: { vkey: string; url?: string | undefined }[] = [];
  for (const { origin, vkey, url } of [...logsOf(configuration), own]) {
    const parsed = await parsePolicy(`log ${vkey}\nquorum none\n`);
    const [key] = parsed.ok ? parsed.value.logs : [];
    const bare = key ? Buffer.from(key.publicKey).toString("base64") : "";
    if (key?.name !== origin || keys.has(bare)) continue;
    keys.add(bare);
    logs.push({ vkey, url });
  }
  return formatPolicy({
    logs,
    witnesses: configuration.witnesses.map(({ name, vkey, url }) => ({ name, vkey, url })),
    quorum: configuration.witnesses.length,
  });
}
