/** The instant that an address names, if it is one of the years 1 to 9999: others the database does not know. */
export function askedInstant(text: string | undefined): Date | undefined {
  const at = new Date(text ?? Number.NaN);
  const year = at.getUTCFullYear();
  return year >= 1 && year <= 9999 ? at : undefined;
}
