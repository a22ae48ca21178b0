import type { EntryKind } from "#ledger";

/**
 * What each site's log takes: the kinds that this site has to write and no others, so that a fault in one part of a site
 * cannot fill its log with entries that another site answers for.
 */

/** Who takes part, who holds which keys, what was signed. */
export const authorityKinds: readonly EntryKind[] = [
  "ledger.policy",
  "member.registered",
  "invitation.made",
  "gateway.enrolled",
  "certificate.issued",
  "key.revoked",
  "request.decided",
  "root.changed",
  "configuration.issued",
];

/** Exchanges, and by which rights, configuration and services they are judged. */
export const gatewayKinds: readonly EntryKind[] = [
  "ledger.policy",
  "exchange.call",
  "configuration.accepted",
  "configuration.conflict",
  "right.changed",
  "document.published",
  "index.root",
  "person.forgotten",
];

/** What concerns people: agreements, cases, money, offices, powers, and the rules they are served by. */
export const portalKinds: readonly EntryKind[] = [
  "ledger.policy",
  "consent.granted",
  "consent.withdrawn",
  "case.event",
  "payment.released",
  "payment.corrected",
  "bank-file.sent",
  "payment-batch.released",
  "payment-batch.recalled",
  "payment-day.closed",
  "officer.changed",
  "mandate.changed",
  "credential.changed",
  "document.published",
  "rule.changed",
  "index.root",
  "person.forgotten",
];

/** The same by site, for the reference page. */
export const logKinds: Readonly<Record<"authority" | "gateway" | "portal", readonly EntryKind[]>> = {
  authority: authorityKinds,
  gateway: gatewayKinds,
  portal: portalKinds,
};
