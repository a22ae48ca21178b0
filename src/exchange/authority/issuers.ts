import { certificateDays } from "./certificates.ts";

/** One key of the certificate authority. From `from` on it issues; before, it is only trusted. */
export interface Issuer {
  readonly key: string;
  readonly cert: string;
  readonly from: string;
}

const day = 86_400_000;

/** Reads the keys folder's file; the one of before roll-overs held a single issuer. @throws on anything else */
export function readIssuers(text: string): readonly Issuer[] {
  const read = JSON.parse(text) as { issuers?: Issuer[]; key?: string; cert?: string };
  if (read.issuers && read.issuers.length > 0) return read.issuers;
  if (read.key && read.cert) return [{ key: read.key, cert: read.cert, from: new Date(0).toISOString() }];
  throw Object.assign(new Error("certificate-authority.json holds no issuer"), { code: "key-wrong" });
}

/**
 * Who issues now, and whom gateways trust: the issuing one first, those to come, and each that came before until the
 * last certificate it can have issued is over.
 */
export function issuersAt(
  issuers: readonly Issuer[],
  now: Date,
): { readonly issuing: Issuer; readonly trusted: readonly Issuer[] } {
  const inOrder = [...issuers].sort((left, right) => Date.parse(left.from) - Date.parse(right.from));
  const started = inOrder.filter((one) => Date.parse(one.from) <= now.getTime());
  const issuing = started.at(-1) ?? inOrder[0];
  if (!issuing) throw Object.assign(new Error("there is no certificate authority"), { code: "key-wrong" });
  const retired = (one: Issuer): boolean => {
    const next = started.includes(one) ? started[started.indexOf(one) + 1] : undefined;
    return next !== undefined && Date.parse(next.from) + (certificateDays + 1) * day < now.getTime();
  };
  return { issuing, trusted: [issuing, ...inOrder.filter((one) => one !== issuing && !retired(one))] };
}
