import { randomUUID } from "node:crypto";
import { checksumFits, writeChecksum } from "./fido-checksum.ts";

export interface FidoServiceOptions {
  /** For example `https://fidoapi-test.moi.gov.tw`. */
  readonly url: string;
  /** The relying party's identifier and key, as agreed with the interior ministry. */
  readonly serviceId: string;
  readonly key: Uint8Array;
  /** `zero` where the service takes nothing else. */
  readonly iv?: "random" | "zero";
}

/** What the service answered: its result, the code of an error, or `undefined` when it did not answer usably. */
export type FidoAnswer = { readonly result: Readonly<Record<string, string>> } | { readonly error: string } | undefined;

/** The relying party's side of TW FidO, interface specification v2.9 as transcribed in public clients. Unconfirmed. */
export interface FidoService {
  /** ATH-03: asks the person's phone to sign. */
  push(request: { readonly number: string; readonly hint: string; readonly tbs: string }): Promise<FidoAnswer>;
  /** ATH-02: whether they have. */
  result(ticketId: string): Promise<FidoAnswer>;
}

const answerWithin = 5_000;

export function openFidoService(options: FidoServiceOptions): FidoService {
  const { url, serviceId, key, iv = "random" } = options;

  /** `checked`: the fields of the result that its checksum covers, in order. */
  async function call(
    path: string,
    fields: Readonly<Record<string, unknown>>,
    own: readonly (string | undefined)[],
    checked: readonly string[],
  ): Promise<FidoAnswer> {
    // A repeated transaction fails at the service as a fault of its database, so each call has a fresh one.
    const transaction = randomUUID();
    let body: unknown;
    try {
      const response = await fetch(`${url}/moise/sp/${path}`, {
        method: "POST",
        redirect: "error",
        signal: AbortSignal.timeout(answerWithin),
        headers: { "Content-Type": "application/json" },
        body: JSON.stringify({
          transaction_id: transaction,
          sp_service_id: serviceId,
          ...fields,
          sp_checksum: writeChecksum(key, [transaction, serviceId, ...own], iv),
        }),
      });
      body = await response.json();
    } catch {
      return undefined;
    }
    const { error_code: code, result } = (body ?? {}) as { error_code?: unknown; result?: unknown };
    if (code !== "0") return typeof code === "string" ? { error: code } : undefined;
    if (typeof result !== "object" || result === null) return undefined;
    const values = Object.fromEntries(
      Object.entries(result).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
    );
    const fits = checksumFits(key, [transaction, code, ...checked.map((name) => values[name])], values["idp_checksum"]);
    return fits ? { result: values } : undefined;
  }

  return {
    push: ({ number, hint, tbs }) =>
      call(
        "requestAthOrSignPush",
        {
          id_num: number,
          op_code: "SIGN",
          hint,
          time_limit: "60",
          sign_info: { sign_type: "PKCS#7", sign_data: tbs, tbs_encoding: "NONE", hash_algorithm: "SHA256" },
        },
        [number, undefined, "SIGN", hint, tbs],
        ["sp_ticket"],
      ),
    result: (ticketId) =>
      call("getAthOrSignResult", { sp_ticket_id: ticketId }, [ticketId], ["hashed_id_num", "signed_response"]),
  };
}

/** The identifier inside a ticket: base64url(JSON) `.` base64url(SHA-256), an integrity check and no signature. */
export function ticketIdOf(ticket: string | undefined): string | undefined {
  try {
    const body = JSON.parse(Buffer.from(ticket?.split(".")[0] ?? "", "base64url").toString("utf8")) as {
      sp_ticket_id?: unknown;
    };
    return typeof body.sp_ticket_id === "string" ? body.sp_ticket_id : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an error code means that the person has not answered yet. */
export function isPending(code: string): boolean {
  return /(?:20002|20003|SPTKTID_TXNLOG_NF)$/.test(code);
}
