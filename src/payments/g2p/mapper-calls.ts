import { z } from "zod";
import { accountAddress, bankAccount, type Modality } from "../govstack/address.ts";
import type { PaymentApi } from "../govstack/api.ts";
import type { ApiClient } from "../govstack/client.ts";
import { changeLink, resolveLink, unlink, type Link, type LinkFault } from "../govstack/mapper.ts";
import { text } from "../govstack/read-json.ts";
import type { Outcome, RequestStatus } from "./reply.ts";

export type MapperAction = "link" | "update" | "unlink" | "resolve";

/** Entries in one message: each may ask a bank. */
export const mostEntries = 100;

const entry = z.object({
  reference_id: text(99),
  timestamp: z.iso.datetime({ offset: true }),
  id: text(120).optional(),
  fa: text(120).optional(),
  name: text(140, 0).optional(),
  scope: z.enum(["yes_no", "details"]).default("yes_no"),
  additional_info: z.unknown().optional(),
});
type Entry = z.infer<typeof entry>;

/** One entry's answer: what stands beside `reference_id` and `timestamp`. */
interface Verdict {
  readonly status: RequestStatus;
  readonly status_reason_code?: string;
  readonly status_reason_message?: string;
  readonly fa?: string;
  readonly id?: string;
  readonly account_provider_info?: { readonly name: string; readonly code: string };
}

/** Handles the entries of one mapper message, in their order. */
export async function mapperMessage(
  api: PaymentApi,
  client: ApiClient,
  action: MapperAction,
  message: unknown,
  o: { readonly request: string; readonly correlation: string },
): Promise<Outcome | undefined> {
  const list = `${action}_request`;
  const read = z
    .object({ transaction_id: text(99), [list]: z.array(z.unknown()).min(1).max(mostEntries) })
    .safeParse(message);
  if (!read.success) return undefined;
  const entries = (read.data as Record<string, unknown>)[list] as unknown[];
  const seen = new Set<string>();
  const answers: object[] = [];
  for (const raw of entries) {
    const reference = textIn(raw, "reference_id");
    const verdict = await judge(api, client, action, raw, { ...o, seen });
    seen.add(reference);
    const code = verdict.status_reason_code;
    answers.push({
      reference_id: reference,
      timestamp: api.payments.clock.now().toISOString(),
      ...verdict,
      ...(code !== undefined && { status_reason_code: published(action, code) }),
      // The published shape of an update's answer wants the address, whatever came of it.
      ...(action === "update" && {
        fa: verdict.fa ?? textIn(raw, "fa"),
      }),
    });
  }
  return {
    action: `on-${action}`,
    status: "succ",
    total: entries.length,
    completed: entries.length,
    message: {
      transaction_id: o.request,
      correlation_id: o.correlation,
      [`${action}_response`]: answers,
    },
  };
}

async function judge(
  api: PaymentApi,
  client: ApiClient,
  action: MapperAction,
  raw: unknown,
  { request, seen }: { readonly request: string; readonly seen: ReadonlySet<string> },
): Promise<Verdict> {
  const read = entry.safeParse(raw);
  if (!read.success) {
    const member = String(read.error.issues[0]?.path[0] ?? "");
    const code = memberReasons[member] ?? "rjct.reference_id.invalid";
    return { status: "rjct", status_reason_code: code };
  }
  const one = read.data;
  if (seen.has(one.reference_id)) return { status: "rjct", status_reason_code: "rjct.reference_id.duplicate" };
  if (action === "resolve") return resolve(api, client, one);
  const id = personOf(one.id);
  if (id === undefined) return { status: "rjct", status_reason_code: "rjct.id.invalid" };
  if (action === "unlink") {
    const ended = await unlink(api, client, id, request);
    return ended.ok
      ? { status: "succ", id, ...(one.fa !== undefined && { fa: one.fa }) }
      : { status: "rjct", status_reason_code: "rjct.id.invalid", status_reason_message: ended.error, id };
  }
  if (one.fa === undefined || !addressShape.test(one.fa))
    return { status: "rjct", status_reason_code: "rjct.fa.invalid", id };
  const modality = modalityOf(one.fa);
  const number = numberIn(one.additional_info);
  const done = await changeLink(
    api,
    client,
    {
      kind: action,
      payee: id,
      modality,
      address: one.fa,
      ...(one.name && { holder: { name: one.name, ...(number !== undefined && { number }) } }),
    },
    request,
  );
  return done.ok
    ? { status: "succ", id, fa: one.fa }
    : {
        status: "rjct",
        status_reason_code: faultReasons[done.error],
        status_reason_message: done.error,
        id,
        fa: one.fa,
      };
}

/** A member of an entry that may not be one, as far as it is a text. */
function textIn(raw: unknown, member: string): string {
  const value = (raw as Record<string, unknown> | null)?.[member];
  return typeof value === "string" ? value.slice(0, 120) : "";
}

/** Resolves an id to its address, or says whether an address is that of an id. Details only where they are asked for. */
async function resolve(api: PaymentApi, client: ApiClient, one: Entry): Promise<Verdict> {
  const id = personOf(one.id ?? (one.fa !== undefined && !/^account:/i.test(one.fa) ? one.fa : undefined));
  if (id === undefined) return { status: "rjct", status_reason_code: "rjct.id.invalid" };
  const link = await resolveLink(api, client.institution, id);
  if (!link) return { status: "succ", status_reason_code: "succ.id.not_found", id };
  const fa = addressOf(api, link);
  if (one.fa !== undefined && one.id !== undefined && one.fa.toLowerCase() !== fa.toLowerCase())
    return { status: "succ", status_reason_code: "succ.fa.not_linked_to_id", id };
  const active: Verdict = { status: "succ", status_reason_code: "succ.fa.active", id };
  if (one.scope !== "details") return active;
  const info = link.account && {
    account_provider_info: { name: link.account.institution, code: link.account.institution },
  };
  return { ...active, fa, ...info };
}

function addressOf(api: PaymentApi, link: Link): string {
  return link.account ? accountAddress(api.payments, link.account) : link.address;
}

/** The published answers to updates and unlinkings know fewer reasons; the words beside them say the rest. */
function published(action: MapperAction, code: string): string {
  if (action === "link" || action === "resolve" || /^rjct\.(?:reference_id|timestamp)\./.test(code)) return code;
  return code === "rjct.name.invalid" ? "rjct.beneficiary_name.invalid" : "rjct.reference_id.invalid";
}

const addressShape = /^[a-zA-Z0-9.:-]{1,80}@[a-zA-Z0-9.-]{1,80}$/;

/** Ids are compared without regard to case. */
function personOf(id: string | undefined): string | undefined {
  return id !== undefined && addressShape.test(id) ? id.toLowerCase() : undefined;
}

function modalityOf(address: string): Modality {
  if (/^account:/i.test(address)) return bankAccount;
  if (/^mobile:/i.test(address)) return "01";
  if (/^voucher:/i.test(address)) return "02";
  return "04";
}

/** The number by which banks know the payee, if the sender gives it: `additional_info: [{name: "holder_number", value}]`. */
function numberIn(info: unknown): string | undefined {
  const list = z.array(z.object({ name: z.string(), value: z.unknown() })).safeParse(info);
  const value = list.success ? list.data.find(({ name }) => name === "holder_number")?.value : undefined;
  return typeof value === "string" && value.length <= 20 ? value : undefined;
}

const memberReasons: Readonly<Record<string, string>> = {
  timestamp: "rjct.timestamp.invalid",
  id: "rjct.id.invalid",
  fa: "rjct.fa.invalid",
  name: "rjct.name.invalid",
  scope: "rjct.resolve_type.not_supported",
};

const faultReasons: Readonly<Record<LinkFault, string>> = {
  "already registered": "rjct.id.invalid",
  "not registered": "rjct.id.invalid",
  "account not usable": "rjct.fa.invalid",
  "the bank says that the account is not the payee's": "rjct.fa.invalid",
  "too many account checks today": "rjct.unknown.retry",
  "no address": "rjct.fa.invalid",
};
