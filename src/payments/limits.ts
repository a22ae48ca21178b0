/** What a country or a treasury decides about money that goes wrong. */
export interface Limits {
  /** Up to this amount one person alone explains a line of the bank, in the currency's smallest unit. Default 1,000. */
  readonly singleHandedUpTo: bigint;
  /** Days until an unexplained line must be explained. Default 7. */
  readonly suspenseDays: number;
  /** Of a later payment at most this many hundredths are kept against what is asked back. Default 30. */
  readonly offsetPercent: number;
  /** A new account that its bank did not confirm waits so long before it can be released. Default 24. */
  readonly newAccountHours: number;
  /** A confirmed account is asked about again at release when the answer is older. Default 30. */
  readonly ownerCheckDays: number;
  /** After so many days without an answer a payment that did not arrive is given up: public claims lapse. Default 3,650. */
  readonly timeBarDays: number;
}

export const defaultLimits: Limits = {
  singleHandedUpTo: 1_000n,
  suspenseDays: 7,
  offsetPercent: 30,
  newAccountHours: 24,
  ownerCheckDays: 30,
  timeBarDays: 3_650,
};
