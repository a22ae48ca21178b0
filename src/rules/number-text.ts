import type { Decimal } from "decimal.js";

/** A number for people: plain notation, thousands parted by commas. */
export function numberText(value: Decimal): string {
  const [whole = "", fraction] = value.toFixed().split(".");
  const grouped = whole.replaceAll(/\B(?=(?:\d{3})+$)/g, ",");
  return fraction === undefined ? grouped : `${grouped}.${fraction}`;
}
