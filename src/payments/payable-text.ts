/** One trimmed line of characters that XML 1.0 can carry, counted as the schema counts: by code points. */
export function isPayableText(text: string, longest: number): boolean {
  if (text === "" || text.length > longest * 2 || !text.isWellFormed()) return false;
  if (unpayable.test(text) || text.trim() !== text) return false;
  return text.length <= longest || Array.from(text).length <= longest;
}

const unpayable = /[\p{Cc}\uFFFE\uFFFF\u2028\u2029]/u;
