import type { BookAccount } from "../states.ts";

/**
 * The life of a voucher as a typed graph: state → event → next state. Money is reserved when a voucher is made and free
 * again when it ends; what a merchant is paid leaves the reservation in the transaction that drafts and releases the payment.
 */
export const voucherGraph = {
  none: { "pre-activated": "pre-activated" },
  "pre-activated": { activated: "activated", cancelled: "cancelled", expired: "expired" },
  activated: { redeemed: "redeemed", suspended: "suspended", cancelled: "cancelled", expired: "expired" },
  suspended: { resumed: "activated", cancelled: "cancelled", expired: "expired" },
  redeemed: {},
  cancelled: {},
  expired: {},
} as const;

export type VoucherState = keyof typeof voucherGraph;
export type VoucherEvent = { [From in VoucherState]: keyof (typeof voucherGraph)[From] }[VoucherState];

/** Where a voucher's money stands. */
export const voucherAccount: Readonly<Record<VoucherState, BookAccount>> = {
  none: "appropriation",
  "pre-activated": "vouchers",
  activated: "vouchers",
  suspended: "vouchers",
  redeemed: "appropriation",
  cancelled: "appropriation",
  expired: "appropriation",
};

/** The state that `event` leads to, or `undefined` if it may not happen. */
export function voucherAfter(from: VoucherState, event: VoucherEvent): VoucherState | undefined {
  return (voucherGraph[from] as Partial<Record<VoucherEvent, VoucherState>>)[event];
}

export const voucherEdges: readonly {
  readonly from: VoucherState;
  readonly event: string;
  readonly to: VoucherState;
}[] = Object.entries(voucherGraph).flatMap(([from, out]) =>
  Object.entries(out as Record<string, VoucherState>).map(([event, to]) => ({ from: from as VoucherState, event, to })),
);

/** The words of the published status check. */
export const publishedStatus: Readonly<Record<VoucherState, string>> = {
  none: "Not Pre-Activated",
  "pre-activated": "Pre-Activated",
  activated: "Activated",
  suspended: "Suspended",
  redeemed: "Purged",
  cancelled: "Blocked",
  expired: "Purged",
};
