/** A tiny country and its payments, for the tests of this module: real database, clock that stands still. */
import { createHash } from "node:crypto";
import { err, fixedClock, ok, toHex, utf8 } from "#kernel";
import type { Database } from "#store";
import { testDatabase } from "#store/testing";
import type { BankChannel, BankFile, Banking } from "./contract.ts";
import { grantEntitlement, type Grant, type GrantReceipt } from "./grant.ts";
import { makeFile } from "./bank/make-file.ts";
import { openPayments, type Payments, type PaymentsOptions } from "./open.ts";
import { releasePayment } from "./release.ts";
import type { FileSummary } from "./bank/store-files.ts";

export const testClock: ReturnType<typeof fixedClock> = fixedClock("2026-01-05T01:30:00Z");

/** Institution codes that the tiny country has closed; a test may add to it. */
export const closedInstitutions: Set<string> = new Set(["9999999"]);

export const testBanking: Banking = {
  currency: { code: "TWD", decimals: 0 },
  clearingSystem: "TWNCC",
  utcOffset: "+08:00",
  checkAccount: (account) => {
    if (closedInstitutions.has(account.institution))
      return err({ code: "institution-merged", params: { successor: "0040001" } });
    if (!/^\d{7}$/.test(account.institution)) return err({ code: "institution-unknown" });
    if (!/^\d{1,14}$/.test(account.number)) return err({ code: "account-invalid" });
    return ok({ institution: account.institution, number: account.number.padStart(14, "0") });
  },
  executionDate: () => "2026-01-06",
};

export const testPayer: Payments["payer"] = {
  agencyName: "示範市政府社會局",
  organisationId: "00000000",
  accountName: "示範市政府",
  account: { institution: "0040001", number: "00000012345678" },
};

export async function testPayments(
  options: Partial<PaymentsOptions> & { database?: Database } = {},
): Promise<Payments> {
  const database = options.database ?? (await testDatabase());
  return openPayments({ database, clock: testClock, banking: testBanking, payer: testPayer, ...options });
}

export function hashOf(text: string): string {
  return toHex(createHash("sha256").update(utf8(text)).digest());
}

export function grantFor(caseRef: string, change: Partial<Grant> = {}): Grant {
  return {
    caseRef,
    payee: { name: "林𡘙美", account: { institution: "7000021", number: "00012340560500" } },
    amount: 18_750n,
    purpose: { code: "SSBE", text: "輔具補助" },
    decisionHash: hashOf(`decision ${caseRef}`),
    factsHash: hashOf(`facts ${caseRef}`),
    approvedBy: "officer:chen",
    ...change,
  };
}

/** Grants and releases, insisting that both succeed. */
export async function released(payments: Payments, grant: Grant): Promise<GrantReceipt> {
  const granted = await grantEntitlement(payments, grant);
  if (!granted.ok) throw new Error(granted.error.code);
  const done = await releasePayment(payments, {
    entitlementId: granted.value.entitlementId,
    releasedBy: "officer:wang",
  });
  if (!done.ok) throw new Error(done.error.code);
  return granted.value;
}

export async function fileOf(payments: Payments): Promise<FileSummary> {
  const made = await makeFile(payments);
  if (!made.ok) throw new Error(`${made.error.code} ${made.error.inside ?? ""}`);
  return made.value.file;
}

/** A channel that keeps its promises: the same name and hash get the first receipt. `sent` counts every call. */
export function testChannel(reports: { name: string; xml: string }[] = []): BankChannel & { sent: BankFile[] } {
  const sent: BankFile[] = [];
  return {
    sent,
    send: async (file) => {
      sent.push(file);
      return { receipt: `R-${file.sha256.slice(0, 8)}` };
    },
    collect: async () => reports,
  };
}

/** A pain.002 report. `file` is the status of the whole file, `lines` are those it lists. */
export function reportXml(
  messageId: string,
  file: string,
  lines: readonly { id: string; code?: string; reason?: string; amount?: string }[] = [],
  extra: { group?: string; groupStatus?: string; fileReason?: string } = {},
): string {
  const why = (reason?: string): string => (reason ? `<StsRsnInf><Rsn><Cd>${reason}</Cd></Rsn></StsRsnInf>` : "");
  const line = ({ id, code, reason, amount }: (typeof lines)[number]): string =>
    `<TxInfAndSts><OrgnlEndToEndId>${id}</OrgnlEndToEndId>${code ? `<TxSts>${code}</TxSts>` : ""}${why(reason)}${
      amount ? `<OrgnlTxRef><Amt><InstdAmt Ccy="TWD">${amount}</InstdAmt></Amt></OrgnlTxRef>` : ""
    }</TxInfAndSts>`;
  const groups =
    lines.length > 0 || extra.groupStatus
      ? `<OrgnlPmtInfAndSts><OrgnlPmtInfId>${extra.group ?? `${messageId}-1`}</OrgnlPmtInfId>${
          extra.groupStatus ? `<PmtInfSts>${extra.groupStatus}</PmtInfSts>` : ""
        }${lines.map(line).join("")}</OrgnlPmtInfAndSts>`
      : "";
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:pain.002.001.14"><CstmrPmtStsRpt><GrpHdr><MsgId>B1</MsgId><CreDtTm>2026-01-05T10:00:00+08:00</CreDtTm></GrpHdr><OrgnlGrpInfAndSts><OrgnlMsgId>${messageId}</OrgnlMsgId><OrgnlMsgNmId>pain.001.001.12</OrgnlMsgNmId>${
    file ? `<GrpSts>${file}</GrpSts>` : ""
  }${why(extra.fileReason)}</OrgnlGrpInfAndSts>${groups}</CstmrPmtStsRpt></Document>`;
}

/** One line of `notificationXml`: `ref` is the bank's reference; a `reason` makes it a return. */
export interface TestLine {
  readonly ref: string;
  readonly way: "DBIT" | "CRDT";
  readonly amount: string | bigint;
  readonly id?: string;
  readonly uetr?: string;
  readonly reason?: string;
  readonly text?: string;
  readonly currency?: string;
}

/** A camt.054 notification on the test payer's account; each line is an entry of its own. `extra` stands before them. */
export function notificationXml(messageId: string, lines: readonly TestLine[], extra = ""): string {
  const entry = ({ ref, way, amount, id, uetr, reason, text, currency = "TWD" }: TestLine): string =>
    `<Ntry><Amt Ccy="${currency}">${amount}</Amt><CdtDbtInd>${way}</CdtDbtInd><Sts><Cd>BOOK</Cd></Sts><BookgDt><Dt>2026-01-06</Dt></BookgDt><AcctSvcrRef>${ref}</AcctSvcrRef><BkTxCd/><NtryDtls><TxDtls><Refs>${
      id ? `<EndToEndId>${id}</EndToEndId>` : ""
    }${uetr ? `<UETR>${uetr}</UETR>` : ""}</Refs>${text ? `<RmtInf><Ustrd>${text}</Ustrd></RmtInf>` : ""}${
      reason === undefined ? "" : `<RtrInf>${reason ? `<Rsn><Cd>${reason}</Cd></Rsn>` : ""}</RtrInf>`
    }</TxDtls></NtryDtls></Ntry>`;
  return `<Document xmlns="urn:iso:std:iso:20022:tech:xsd:camt.054.001.12"><BkToCstmrDbtCdtNtfctn><GrpHdr><MsgId>${messageId}</MsgId><CreDtTm>2026-01-06T12:00:00+08:00</CreDtTm></GrpHdr><Ntfctn><Id>N1</Id><Acct><Id><Othr><Id>00000012345678</Id></Othr></Id></Acct>${extra}${lines.map(entry).join("")}</Ntfctn></BkToCstmrDbtCdtNtfctn></Document>`;
}
