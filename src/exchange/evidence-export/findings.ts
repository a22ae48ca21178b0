import type { Localised } from "#kernel";

/** Where in the check of a container something was found; in the order in which a verifier goes. */
export type Step =
  | "container" // the ZIP file and the names in it
  | "signature" // XAdES: structure, references, signature value
  | "certificate" // the signer's certificate, its issuer and its revocation answer
  | "time" // the time stamp
  | "message" // who sent it and what it says of itself
  | "exchange" // the members' own signatures over request and response
  | "record" // the gateway's record of the exchange
  | "ledger"; // the entry in the member's log

/**
 * `failed`: the container is not what it says; the verdict is invalid. `unchecked`: with what is here it cannot be told; the
 * verdict is indeterminate. `noted`: worth knowing, and no reason against the container.
 */
export type Weight = "failed" | "unchecked" | "noted";

export interface FindingEntry {
  readonly step: Step;
  readonly weight: Weight;
  readonly words: Localised;
}

const failed = (step: Step, en: string, zh: string): FindingEntry => ({
  step,
  weight: "failed",
  words: { "zh-Hant": zh, en },
});
const unchecked = (step: Step, en: string, zh: string): FindingEntry => ({
  step,
  weight: "unchecked",
  words: { "zh-Hant": zh, en },
});

const noted = (step: Step, en: string, zh: string): FindingEntry => ({
  step,
  weight: "noted",
  words: { "zh-Hant": zh, en },
});

/** Every reason a verdict can give. Lasting: programs may branch on them. */
export type FindingCode =
  | "zip-malformed"
  | "zip-duplicate-entry"
  | "zip-name-refused"
  | "zip-too-large"
  | "zip-damaged"
  | "container-incomplete"
  | "mimetype-wrong"
  | "entry-uncovered"
  | "xml-refused"
  | "signature-malformed"
  | "signature-ids-repeated"
  | "algorithm-refused"
  | "message-not-covered"
  | "digest-mismatch"
  | "signature-invalid"
  | "hashchain-malformed"
  | "hashchain-mismatch"
  | "hashchain-unused-inputs"
  | "certificate-mismatch"
  | "certificate-untrusted"
  | "certificate-expired"
  | "certificate-purpose"
  | "ocsp-invalid"
  | "ocsp-stale"
  | "certificate-revoked"
  | "ocsp-missing"
  | "trust-missing"
  | "time-stamp-invalid"
  | "time-stamp-missing"
  | "time-stamp-unchecked"
  | "time-stamp-not-needed"
  | "message-malformed"
  | "sender-mismatch"
  | "attachment-missing"
  | "evidence-malformed"
  | "configuration-invalid"
  | "configuration-unchecked"
  | "configuration-expired"
  | "configuration-older"
  | "key-wrong-member"
  | "key-revoked"
  | "base-mismatch"
  | "member-signature-invalid"
  | "message-not-as-signed"
  | "binding-broken"
  | "body-mismatch"
  | "received-seal-mismatch"
  | "received-seal-missing"
  | "response-unmatched"
  | "request-not-kept"
  | "response-not-kept"
  | "body-not-kept"
  | "no-signed-response"
  | "pair-mismatch"
  | "record-mismatch"
  | "record-forgotten"
  | "receipt-missing"
  | "receipt-unchecked"
  | "receipt-invalid"
  | "receipt-of-another";

/** Every reason a verdict can give, with what it means. */
export const findings: Readonly<Record<FindingCode, FindingEntry>> = {
  "zip-malformed": failed("container", "The file is not one whole, plain ZIP file.", "檔案不是完整而單純的 ZIP 檔。"),
  "zip-duplicate-entry": failed(
    "container",
    "Two files in the container have the same name.",
    "容器中有兩個同名檔案。",
  ),
  "zip-name-refused": failed(
    "container",
    "A file name in the container could lead outside it or deceive a reader.",
    "容器中有檔名可能指向容器外，或使人誤認。",
  ),
  "zip-too-large": failed(
    "container",
    "The container unpacks to more than a verifier takes.",
    "容器解開後超過可檢驗的大小。",
  ),
  "zip-damaged": failed("container", "A file in the container is damaged.", "容器中有檔案已損壞。"),
  "container-incomplete": failed(
    "container",
    "A file that such a container must have is missing.",
    "容器缺少必要的檔案。",
  ),
  "mimetype-wrong": failed("container", "The container does not say that it is an ASiC-E.", "容器未標示為 ASiC-E。"),
  "entry-uncovered": failed(
    "container",
    "A file in the container is covered by no signature.",
    "容器中有檔案不受任何簽章涵蓋。",
  ),
  "xml-refused": failed(
    "signature",
    "An XML file is malformed, or has a document type, entities or more than a verifier takes.",
    "XML 檔格式錯誤，或含有文件型別、實體，或超過可檢驗的大小。",
  ),
  "signature-malformed": failed(
    "signature",
    "The signature is not built as XAdES and X-Road's profile say.",
    "簽章的結構不符 XAdES 與 X-Road 規格。",
  ),
  "signature-ids-repeated": failed(
    "signature",
    "Two parts of the signature carry the same id, so what was signed could be exchanged.",
    "簽章中有兩處使用相同識別碼，所簽內容可能被調換。",
  ),
  "algorithm-refused": failed(
    "signature",
    "A hash or signature algorithm is used that is not safe any more, or unknown.",
    "使用了已不安全或未知的雜湊或簽章演算法。",
  ),
  "message-not-covered": failed("signature", "The signature does not cover the message.", "簽章未涵蓋訊息本文。"),
  "digest-mismatch": failed(
    "signature",
    "A part is not what was signed: its digest differs.",
    "內容與簽署時不同：摘要不符。",
  ),
  "signature-invalid": failed("signature", "The signature value does not verify.", "簽章值驗證不符。"),
  "hashchain-malformed": failed("signature", "A hash chain is not built as it must be.", "雜湊鏈的結構錯誤。"),
  "hashchain-mismatch": failed(
    "signature",
    "A hash chain does not lead to the value that was signed.",
    "雜湊鏈的結果與簽署值不符。",
  ),
  "hashchain-unused-inputs": failed(
    "signature",
    "A file that the hash chain must cover is not covered by it.",
    "應由雜湊鏈涵蓋的檔案未被涵蓋。",
  ),
  "certificate-mismatch": failed(
    "certificate",
    "The signature names another certificate than the one it carries.",
    "簽章指名的憑證與所附憑證不同。",
  ),
  "certificate-untrusted": failed(
    "certificate",
    "The signer's certificate does not come from an approved authority.",
    "簽署者憑證並非由核可的憑證機構簽發。",
  ),
  "certificate-expired": failed(
    "certificate",
    "A certificate was not valid when the signature was made.",
    "簽署時憑證不在有效期間內。",
  ),
  "certificate-purpose": failed(
    "certificate",
    "The certificate is not for signatures that bind (non-repudiation).",
    "憑證用途不是具約束力的簽章（不可否認性）。",
  ),
  "ocsp-invalid": failed(
    "certificate",
    "The revocation answer is not about this certificate, or not from its authority.",
    "廢止查詢回覆並非針對此憑證，或並非出自其憑證機構。",
  ),
  "ocsp-stale": failed(
    "certificate",
    "The revocation answer does not fit the time of the signature.",
    "廢止查詢回覆的時間與簽署時間不符。",
  ),
  "certificate-revoked": failed(
    "certificate",
    "The signer's certificate was revoked when the signature was made.",
    "簽署時簽署者憑證已被廢止。",
  ),
  "ocsp-missing": unchecked(
    "certificate",
    "The container holds no revocation answer: whether the certificate was revoked cannot be told.",
    "容器中沒有廢止查詢回覆，無法得知憑證是否已被廢止。",
  ),
  "trust-missing": unchecked(
    "certificate",
    "No trusted authority was named to check the certificate against.",
    "未指定可信任的憑證機構，無法檢驗憑證。",
  ),
  "time-stamp-invalid": failed(
    "time",
    "The time stamp is damaged, is over something else, or its authority is not approved.",
    "時戳損壞、並非針對此簽章，或其時戳機構未經核可。",
  ),
  "time-stamp-missing": unchecked(
    "time",
    "The container holds no time stamp: when it was signed is only the signer's word.",
    "容器中沒有時戳，簽署時間僅為簽署者自述。",
  ),
  "time-stamp-unchecked": unchecked(
    "time",
    "There is a time stamp, but no authority was named to check it against.",
    "容器中有時戳，但未指定可信任的時戳機構，無法檢驗。",
  ),
  "time-stamp-not-needed": noted(
    "time",
    "There is a time stamp that was not checked, as no authority was named for it; the time is that of the log's witnesses.",
    "容器中有時戳，因未指定時戳機構而未檢驗；時間以日誌見證者為準。",
  ),
  "message-malformed": failed("message", "The message cannot be read.", "訊息無法讀取。"),
  "sender-mismatch": failed(
    "message",
    "The signer is not the member that the message says it is from.",
    "簽署者不是訊息所稱的發送成員。",
  ),
  "attachment-missing": noted(
    "message",
    "A part that was signed is not in the container and could not be checked.",
    "有已簽署的部分不在容器中，無法檢驗。",
  ),
  "evidence-malformed": failed("exchange", "A file under evidence/ cannot be read.", "evidence/ 下有檔案無法讀取。"),
  "configuration-invalid": failed(
    "exchange",
    "The country's configuration in the container is not signed by the given anchor.",
    "容器中的全域設定並非由指定信任錨簽署。",
  ),
  "configuration-unchecked": unchecked(
    "exchange",
    "No anchor was given, so the configuration in the container, and every key in it, is only the exporter's word.",
    "未提供信任錨，容器中的全域設定及其金鑰僅為匯出者自述。",
  ),
  "configuration-expired": failed(
    "exchange",
    "The exchange took place after the configuration had expired.",
    "交換發生時，全域設定已逾期。",
  ),
  "configuration-older": unchecked(
    "exchange",
    "The configuration in the container is not of the exchange's time: whether the keys were registered then cannot be told.",
    "容器中的全域設定並非交換當時的版本，無法得知當時金鑰是否已登錄。",
  ),
  "key-wrong-member": failed(
    "exchange",
    "A message is signed by a key that is not registered for its sender.",
    "訊息所用金鑰並非登錄於其發送者名下。",
  ),
  "key-revoked": unchecked(
    "exchange",
    "A signing key has been revoked since; the container does not show whether before or after the exchange.",
    "簽章金鑰其後已被廢止；容器無法顯示廢止在交換之前或之後。",
  ),
  "base-mismatch": failed(
    "exchange",
    "A signature base is not the one that the record names.",
    "簽章基底與紀錄所載不符。",
  ),
  "member-signature-invalid": failed(
    "exchange",
    "A member's signature over request or response does not verify.",
    "成員對請求或回應的簽章驗證不符。",
  ),
  "message-not-as-signed": failed(
    "exchange",
    "A message is not the one that its member signed.",
    "訊息與其成員所簽署的不同。",
  ),
  "binding-broken": failed("exchange", "The response answers another request.", "回應所對應的是另一個請求。"),
  "body-mismatch": failed("exchange", "A body is not the one that was signed.", "本文與簽署時不同。"),
  "received-seal-mismatch": failed(
    "signature",
    "The seal of the other agency is over something else than what this container has from it.",
    "另一機關的封章所涵蓋的，不是容器中該機關送出的內容。",
  ),
  "received-seal-missing": noted(
    "signature",
    "The half that the other agency sent bears its signature (RFC 9421) but not its seal (XAdES).",
    "另一機關送出的一半有其簽章（RFC 9421），但沒有其封章（XAdES）。",
  ),
  "response-unmatched": noted(
    "message",
    "The request that this response answers is not beside it.",
    "這個回應所答覆的請求不在一起，無法比對。",
  ),
  "request-not-kept": unchecked(
    "exchange",
    "The request was not kept: its signature, and what it said, could not be checked.",
    "請求未留存，無法檢驗其簽章與內容。",
  ),
  "response-not-kept": unchecked(
    "exchange",
    "The response was not kept: its signature, and what it said, could not be checked.",
    "回應未留存，無法檢驗其簽章與內容。",
  ),
  "body-not-kept": unchecked(
    "exchange",
    "A body was not kept: that it is the signed one could not be checked.",
    "本文未留存，無法檢驗是否為所簽內容。",
  ),
  "no-signed-response": unchecked(
    "exchange",
    "The exchange ended without a signed response, as its record says.",
    "依紀錄，此次交換未取得已簽署的回應。",
  ),
  "pair-mismatch": failed(
    "record",
    "The tag by which both members' records belong together is not that of this exchange.",
    "配對雙方紀錄的標記不屬於此次交換。",
  ),
  "record-mismatch": failed("record", "The record does not agree with the messages.", "紀錄與訊息不一致。"),
  "record-forgotten": unchecked(
    "record",
    "The person concerned was forgotten: the record keeps only what names nobody, and opens no commitment.",
    "當事人已被遺忘：紀錄僅保留不指涉任何人的內容，無法開啟承諾值。",
  ),
  "receipt-missing": unchecked(
    "ledger",
    "The container holds no proof that the record stands in the member's log.",
    "容器中沒有紀錄載於成員日誌的證明。",
  ),
  "receipt-unchecked": unchecked(
    "ledger",
    "No log policy was given: the proof that the record stands in the member's log could not be checked.",
    "未提供日誌政策，無法檢驗紀錄載於成員日誌的證明。",
  ),
  "receipt-invalid": failed(
    "ledger",
    "The proof that the record stands in the member's log does not verify.",
    "紀錄載於成員日誌的證明驗證不符。",
  ),
  "receipt-of-another": failed(
    "ledger",
    "The proof is of another entry than that of this record.",
    "證明所指為另一筆紀錄的日誌項目。",
  ),
};

/** One thing found, as it is told and as programs read it. */
export interface Finding {
  readonly code: FindingCode;
  readonly step: Step;
  readonly weight: Weight;
  readonly words: Localised;
  /** Which file, name or value; for the log and for experts, in English. */
  readonly detail: string;
}

export function finding(code: FindingCode, detail: string = ""): Finding {
  const { step, weight, words } = findings[code];
  return { code, step, weight, words, detail };
}

/** Thrown inside the check, so that a rule is one line; the verdict is a value again. */
export class Refused extends Error {
  readonly code: FindingCode;
  constructor(code: FindingCode, detail: string) {
    super(detail);
    this.code = code;
  }
}

export function must(condition: unknown, code: FindingCode, detail: string): asserts condition {
  if (!condition) throw new Refused(code, detail);
}
