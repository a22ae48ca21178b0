/** A field of a CSV file (RFC 4180); a leading sign that a spreadsheet would take for a formula is defused. */
export function csvField(value: string | number | bigint | null | undefined): string {
  const text = String(value ?? "");
  const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+(\.\d+)?$/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** A CSV file: UTF-8 with a mark, so that spreadsheets read Chinese right. */
export function csvFile(rows: readonly (readonly (string | number | bigint | null | undefined)[])[]): string {
  return `\uFEFF${rows.map((row) => row.map(csvField).join(",")).join("\r\n")}\r\n`;
}
