import { formatPolicy } from "#ledger";
import { both } from "#ui";
import type { RecordView } from "#services/pages";
import { logsOf } from "../follow-configuration.ts";
import type { PortalContext } from "./portal-site.ts";
import { lastPart, summariseProof } from "./receipt-view.ts";

/**
 * The policy a receipt is judged by (C2SP tlog-policy): every log of the country and all its witnesses, as the authority's
 * signed configuration names them now. The file that `taroko verify` and browsers use.
 */
export async function formatPolicyOf(context: PortalContext): Promise<string> {
  const configuration = await context.configuration.current();
  const logs = [...new Set([...logsOf(configuration).map((log) => log.vkey), context.portal.log.vkey])];
  return formatPolicy({
    logs,
    witnesses: configuration.witnesses.map(({ name, vkey, url }) => ({ name, vkey, url })),
    quorum: configuration.witnesses.length,
  });
}

/** The public page of the record: each log as it is served to anybody, fetched now. */
export async function recordView(context: PortalContext): Promise<RecordView> {
  const { portal, options } = context;
  const own = {
    origin: portal.log.origin,
    url: `${options.origin}/log`,
    name: both("入口網站：同意與案件", "Portal: agreements and cases"),
    text: (await portal.log.status()).checkpoint,
  };
  const others = await Promise.all(
    options.publicLogs.map(async (log) => {
      const text = await fetch(`${log.url}/checkpoint`, { signal: AbortSignal.timeout(2_000) })
        .then((answer) => (answer.ok ? answer.text() : ""))
        .catch(() => "");
      return { ...log, text };
    }),
  );
  return {
    logs: [...others, own].map((log) => {
      const [, size = "0", root = ""] = log.text.split("\n");
      const seen = summariseProof(`c2sp.org/tlog-proof@v1\nindex 0\n\n${log.text}`);
      const newest = Math.max(0, ...(seen?.witnesses ?? []).map((witness) => witness.at.getTime()));
      return {
        name: log.name,
        origin: log.origin,
        size: Number(size),
        root,
        at: newest > 0 ? new Date(newest) : portal.clock.now(),
        checkpointHref: `${log.url}/checkpoint`,
        witnesses: (seen?.witnesses ?? []).map((witness) => ({
          name: options.witnessTitles?.[witness.name] ?? lastPart(witness.name),
          at: witness.at,
          size: Number(size),
        })),
        ...(log.text === "" ? { frozen: both("這份紀錄現在讀不到", "This log cannot be read right now") } : {}),
      };
    }),
    policy: await formatPolicyOf(context),
    policyHref: "/record/policy.txt",
  };
}
