/**
 * Taiwan's national identification number: one letter (place of first registration), nine digits, the last a checksum.
 *
 * The second character tells citizens (1, 2) from foreign residents (8, 9). Numbers whose second character is 7 are never
 * issued: the demonstration country computes its people's numbers there, and a production installation refuses them.
 */
const letterValues: Readonly<Record<string, number>> = {
  A: 10,
  B: 11,
  C: 12,
  D: 13,
  E: 14,
  F: 15,
  G: 16,
  H: 17,
  I: 34,
  J: 18,
  K: 19,
  L: 20,
  M: 21,
  N: 22,
  O: 35,
  P: 23,
  Q: 24,
  R: 25,
  S: 26,
  T: 27,
  U: 28,
  V: 29,
  W: 32,
  X: 30,
  Y: 31,
  Z: 33,
};

const issuedSecondCharacters = "1289";
const demonstrationSecondCharacter = "7";

/** Whether the text is a well-formed number with a right checksum that this installation may hold. */
export function isNationalId(text: string, options: { demonstration: boolean }): boolean {
  if (!/^[A-Z][0-9]{9}$/.test(text)) return false;
  const kinds = options.demonstration ? demonstrationSecondCharacter : issuedSecondCharacters;
  return kinds.includes(text[1]!) && checkDigit(text.slice(0, 9)) === text[9];
}

/**
 * The one spelling of a number: ASCII capitals and digits, no white space. `undefined` for what is no number, old resident
 * certificate numbers (two letters) included among those that are. The checksum is not looked at: registers of other
 * agencies hold numbers that were once written down wrongly, and a reading of those has its place on a list too.
 */
export function normalNationalId(text: string): string | undefined {
  const number = text.normalize("NFKC").replaceAll(/\s/g, "").toUpperCase();
  return /^[A-Z][A-D0-9][0-9]{8}$/.test(number) ? number : undefined;
}

/** The demonstration number with this serial (0–9,999,999), from the range that is never issued. */
export function demonstrationId(serial: number, letter: string = "A"): string {
  const body = `${letter}${demonstrationSecondCharacter}${String(serial).padStart(7, "0")}`;
  return body + checkDigit(body);
}

/** An invented company's number. Companies' real ones are eight digits, so no letter is ever issued. */
export function demonstrationCompany(serial: number): string {
  return `D${String(serial).padStart(7, "0")}`;
}

/** Shows who it is to the person concerned and nobody else: `A7*****018`. */
export function maskNationalId(text: string): string {
  return `${text.slice(0, 2)}*****${text.slice(7)}`;
}

function checkDigit(body: string): string {
  const letter = letterValues[body[0]!]!;
  const digits = [Math.floor(letter / 10), letter % 10, ...body.slice(1).split("").map(Number)];
  const weights = [1, 9, 8, 7, 6, 5, 4, 3, 2, 1];
  const sum = digits.reduce((total, digit, at) => total + digit * weights[at]!, 0);
  return String((10 - (sum % 10)) % 10);
}
