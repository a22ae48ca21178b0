/**
 * Many values of bytes as one, with where each starts (from 1) and its length: `substring` takes them out again. As
 * elements of an array they would travel as text, twice as long and much slower to write and to read.
 */
export function packed(values: readonly Uint8Array[]): { bytes: Buffer; starts: number[]; lengths: number[] } {
  const lengths = values.map(({ length }) => length);
  let end = 0;
  const starts = lengths.map((length) => (end += length) - length + 1);
  return { bytes: Buffer.concat(values), starts, lengths };
}
