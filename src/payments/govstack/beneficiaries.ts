import { randomInt } from "node:crypto";
import { z } from "zod";
import { modalities, type Modality } from "./address.ts";
import { type ApiAnswer, type ApiRequest, type PaymentApi } from "./api.ts";
import { mayCallBack, tellClient } from "./callbacks.ts";
import type { ApiClient } from "./client.ts";
import { changeLink, resolveLink, unlink, type LinkWish } from "./mapper.ts";
import { once } from "./once.ts";
import { readFolded, shapeFault, text } from "./read-json.ts";
import {
  failedWishes,
  finishWishList,
  insertWishes,
  openWishes,
  openWishLists,
  setOutcome,
  type WishRow,
} from "./store-mapper.ts";

/** Beneficiaries in one request, and those looked up at once. */
const most = 1000;
/** Banks asked at the same time. */
const sideBySide = 8;

const modality = z.enum(modalities as readonly [Modality, ...Modality[]]);
const person = {
  paymentmodality: modality.optional(),
  financialaddress: text(30).optional(),
  bankinginstitutioncode: text(11).optional(),
  // Ours, for the bank's owner check; unknown members are ignored by whoever keeps to the published shape.
  payeename: text(140).optional(),
  payeenumber: text(20).optional(),
};
const newer = z.object({
  requestid: text(12),
  sourcebbid: text(12).optional(),
  beneficiaries: z
    .array(z.object({ ...person, payeeidentity: text(20), status: z.unknown().optional() }))
    .min(1)
    .max(most),
});
const older = z.object({
  requestid: text(12, 12),
  sourcebbid: text(12, 12),
  beneficiaries: z
    .array(
      z.object({ ...person, payeefunctionalid: text(20, 20) }).transform(({ payeefunctionalid, ...rest }) => ({
        ...rest,
        payeeidentity: payeefunctionalid,
        status: undefined,
      })),
    )
    .min(1)
    .max(most),
});

/** Which published file a caller keeps to. */
export type Form = "newer" | "older";

/** Registers or updates beneficiaries: checked here, carried out by `carryOutWishes`, told by callback. */
export async function wishBeneficiaries(
  api: PaymentApi,
  client: ApiClient,
  request: ApiRequest,
  { form, kind }: { readonly form: Form; readonly kind: LinkWish["kind"] },
): Promise<ApiAnswer> {
  const folded = readFolded(request.body);
  const id = requestIdOf(folded);
  const read = (form === "newer" ? newer : older).safeParse(folded);
  if (!read.success) return refused(shapeFault(read.error), id);
  const { requestid, sourcebbid, beneficiaries } = read.data;
  if (sourcebbid !== undefined && !client.systems.includes(sourcebbid)) return refused("sourceBBID: not yours", id);
  const institution = request.header("X-Registering-Institution-ID", "registeringInstitutionId");
  if (institution !== undefined && institution !== client.institution)
    return refused("X-Registering-Institution-ID: not yours", id);
  const callback = callbackOf(request);
  if (callback !== undefined && !mayCallBack(client, callback))
    return refused("X-Callback-URL: not an address of yours", id);
  const payees = beneficiaries.map(({ payeeidentity }) => payeeidentity);
  if (new Set(payees).size !== payees.length) return refused("beneficiaries: one stands twice", id);

  const { clock } = api.payments;
  return once(
    api,
    { client: client.id, operation: "beneficiaries", key: `${kind} ${requestid}` },
    request.body,
    async (tx) => {
      const key = `${kind} ${requestid}`;
      await insertWishes(
        tx,
        {
          client: client.id,
          request: key,
          form,
          callback: callback ?? null,
          correlation: request.header("X-CorrelationID", "X-Correlation-ID") ?? null,
          at: clock.now(),
        },
        beneficiaries.map((one, n) => ({
          client: client.id,
          request: key,
          n,
          kind,
          institution: client.institution,
          sealed: api.sealing.seal(
            {
              payee: one.payeeidentity,
              modality: one.paymentmodality,
              address: one.financialaddress,
              bank: one.bankinginstitutioncode,
              holder: one.payeename && { name: one.payeename, ...(one.payeenumber && { number: one.payeenumber }) },
              end: isOff(one.status),
            },
            `wish ${client.id} ${key} ${n}`,
          ),
        })),
      );
      const code: Said = { code: "00", description: "Request successfully received", id: requestid };
      return { status: 200, body: form === "newer" ? lower(code) : upper(code) };
    },
    () => refused("requestID: was used for something else", requestid),
  );
}

type SealedWish = Omit<LinkWish, "kind" | "modality"> & { readonly modality?: Modality; readonly end?: boolean };

function openWish(api: PaymentApi, row: WishRow): SealedWish {
  return api.sealing.open(row.sealed, `wish ${row.client} ${row.request} ${row.n}`) as SealedWish;
}

/** Carries out what was asked for and tells its results. @returns how many beneficiaries were handled */
export async function carryOutWishes(api: PaymentApi): Promise<number> {
  const { database, clock } = api.payments;
  let handled = 0;
  for (const list of await openWishLists(database, 20)) {
    const client = api.clientById.get(list.client)?.client;
    for (;;) {
      const open = await openWishes(database, list.client, list.request, sideBySide);
      if (open.length === 0) break;
      await Promise.all(
        open.map(async (row) => {
          const { end, ...wish } = openWish(api, row);
          const fault = client
            ? await carryOut(api, client, { ...wish, kind: row.kind }, list.request, end)
            : "not allowed any more";
          await setOutcome(database, row, fault);
        }),
      );
      handled += open.length;
    }
    await database.transaction(async (tx) => {
      if (!(await finishWishList(tx, list, clock.now()))) return;
      const failed = await failedWishes(tx, list.client, list.request);
      const cases = failed.map((row) => {
        const { payee, modality } = openWish(api, row);
        const name = list.form === "newer" ? "payeeIdentity" : "payeeFunctionalId";
        return { [name]: payee, paymentModality: modality ?? "00", failureReason: row.reason };
      });
      await tellClient(api, tx, {
        client: list.client,
        url: list.callback,
        body: {
          requestId: freshRequestId(),
          registerRequestId: list.request.slice(list.request.indexOf(" ") + 1),
          numberFailedCases: cases.length,
          failedCases: cases,
        },
      });
    });
  }
  return handled;
}

async function carryOut(
  api: PaymentApi,
  client: ApiClient,
  wish: Omit<LinkWish, "modality"> & { readonly modality?: Modality },
  request: string,
  end: boolean | undefined,
): Promise<string | undefined> {
  if (wish.kind === "update" && end) {
    const ended = await unlink(api, client, wish.payee, request);
    return ended.ok ? undefined : ended.error;
  }
  const before = wish.modality ?? (await resolveLink(api, client.institution, wish.payee))?.modality ?? "00";
  const done = await changeLink(api, client, { ...wish, modality: before }, request);
  return done.ok ? undefined : done.error;
}

/** Looks up where payees want their money: one by query, many by body. Who is not known is not in the list. */
export async function lookUpBeneficiaries(api: PaymentApi, client: ApiClient, request: ApiRequest): Promise<ApiAnswer> {
  const bulk = z.object({ requestid: text(12), payeepartyids: z.array(text(20)).min(1).max(most) });
  const asked =
    request.method === "GET"
      ? { requestid: request.query.get("requestId"), payeepartyids: request.query.getAll("payeeIdentity") }
      : readFolded(request.body);
  const read = bulk.safeParse(asked);
  if (!read.success) return refused(shapeFault(read.error), requestIdOf(asked));
  const institution = request.header("registeringInstitutionId", "X-Registering-Institution-ID");
  if (institution !== undefined && institution !== client.institution)
    return refused("registeringInstitutionId: not yours", read.data.requestid);
  const found = [];
  for (const payee of new Set(read.data.payeepartyids)) {
    const link = await resolveLink(api, client.institution, payee);
    if (link)
      found.push({
        payeeIdentity: payee,
        paymentModality: link.modality,
        financialAddress: link.account?.number ?? link.address,
        bankingInstitutionCode: link.account?.institution ?? "",
      });
  }
  return { status: 200, body: { requestId: read.data.requestid, paymentModalityList: found } };
}

/** The published 400. */
export function refused(description: string, requestId: string): ApiAnswer {
  return { status: 400, body: upper({ code: "01", description, id: requestId }) };
}

export interface Said {
  readonly code: "00" | "01";
  readonly description: string;
  readonly id: string;
}

export function upper({ code, description, id }: Said): object {
  return { ResponseCode: code, ResponseDescription: description, RequestID: id };
}

export function lower({ code, description, id }: Said): object {
  return { responseCode: code, responseDescription: description, requestID: id };
}

/** The caller's own number for its request, as far as one can be read. */
export function requestIdOf(body: unknown): string {
  const id = (body as { requestid?: unknown } | undefined)?.requestid;
  return typeof id === "string" && /^[\x20-\x7e]{1,12}$/.test(id) ? id : "";
}

export function callbackOf(request: ApiRequest): string | undefined {
  return request.header("X-Callback-URL", "X-Callback_URL", "X-CallbackURL");
}

/** A number for a request of ours: twelve digits. */
export function freshRequestId(): string {
  return String(randomInt(1e11, 2 ** 48 - 1))
    .slice(0, 12)
    .padStart(12, "0");
}

/** `status` 0 ends a link; it comes as a number or as a text. */
function isOff(status: unknown): boolean {
  return String((status as { text?: string } | undefined)?.text ?? status) === "0";
}
