import { formatAmount } from "../bank/credit-transfer.ts";

/**
 * An amount as somebody else's system writes it, exactly, in the smallest unit: `18750`, `18750.0`, `187.50`. `undefined`
 * for a sign, an exponent, a leading zero, or a fraction that the currency does not have.
 */
export function readAmount(text: string, decimals: number): bigint | undefined {
  const shape = /^(0|[1-9]\d{0,14})(?:\.(\d{1,18}))?$/.exec(text);
  if (!shape) return undefined;
  const [, whole = "", fraction = ""] = shape;
  if (/[1-9]/.test(fraction.slice(decimals))) return undefined;
  return BigInt(whole + fraction.slice(0, decimals).padEnd(decimals, "0"));
}

/** An amount for a published shape that wants a JSON number. Exact below 2^53 smallest units. */
export function amountNumber(amount: bigint, decimals: number): number {
  return Number(formatAmount(amount, decimals));
}

/** G2P Connect's `^\d{1,13}\.\d{1,2}$`. */
export function amountWithFraction(amount: bigint, decimals: number): string {
  const text = formatAmount(amount, decimals);
  return text.includes(".") ? text : `${text}.00`;
}
