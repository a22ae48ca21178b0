/**
 * The kernel: the few plain things every module needs and that need nothing themselves.
 * It owns results and refusals, the clock, identifiers, canonical JSON, the strict byte encodings, the bounded reading of streams, the durable
 * writing of files and the search for a free port.
 */
export { asText } from "./as-text.ts";
export { canonicalJson, type JsonValue } from "./canonical-json.ts";
export { fixedClock, systemClock, type Clock } from "./clock.ts";
export { fromBase64, fromBase64Url, fromHex, toBase64, toBase64Url, toHex, utf8 } from "./encoding.ts";
export { freePort } from "./free-port.ts";
export { isUuid, randomToken, uuidV4, uuidV7 } from "./ids.ts";
export { type Language, type Localised } from "./localised.ts";
export { problemTable, type ProblemEntry, type ProblemTable, type Refusal } from "./problem.ts";
export { readUpTo } from "./read-up-to.ts";
export { err, ok, type Result } from "./result.ts";
export { syncFolder, writeDurably } from "./write-durably.ts";
