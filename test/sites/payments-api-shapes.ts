// The published shapes of answers, as JSON Schemas: GovStack's Payments building block (its OpenAPI files, both spellings) and
// G2P Connect 1.0.0. Written from the specifications; lengths and members are theirs.
const text = (longest: number, shortest = 0): object => ({ type: "string", minLength: shortest, maxLength: longest });
const object = (
  properties: Readonly<Record<string, object>>,
  required: readonly string[] = Object.keys(properties),
): object => ({ type: "object", properties, required: [...required] });
const list = (items: object): object => ({ type: "array", items });
const code = { type: "string", enum: ["00", "01"] };
const dateTime = { type: "string", pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}" };
const status = { type: "string", enum: ["rcvd", "pdng", "succ", "rjct"] };

export type ShapeName =
  | "newerResponse"
  | "olderResponse"
  | "modalities"
  | "batchAccepted"
  | "batchDetail"
  | "batchStatus"
  | "message"
  | "preactivated"
  | "voucherStatus"
  | "beneficiariesTold"
  | "validationTold"
  | "fundsTold"
  | "vouchersTold"
  | "bill"
  | "billAnswer"
  | "g2pErrors"
  | "g2pAck"
  | "g2pDisburse";

export const shapes: Readonly<Record<ShapeName, object>> = {
  newerResponse: object({ responseCode: code, responseDescription: text(200), requestID: text(18) }),
  olderResponse: object({ ResponseCode: code, ResponseDescription: text(200), RequestID: text(12) }),
  modalities: object({
    requestId: text(12),
    paymentModalityList: list(
      object({
        payeeIdentity: text(20),
        paymentModality: { type: "string", enum: ["00", "01", "02", "03", "04"] },
        financialAddress: text(30),
        bankingInstitutionCode: text(11),
      }),
    ),
  }),
  batchAccepted: object({ batchId: text(50, 1) }),
  batchDetail: list(
    object({
      requestId: text(16),
      amount: { type: "number" },
      currency: text(3, 3),
      status: { type: "string", enum: ["ONGOING", "COMPLETED", "FAILED"] },
    }),
  ),
  batchStatus: object({
    requestId: text(12),
    batchId: text(50),
    TotalTransactions: { type: "number" },
    ongoing: { type: "number" },
    failed: { type: "number" },
    completed: { type: "number" },
    currency: text(3, 3),
    totalAmount: { type: "number" },
    completed_amount: { type: "number" },
    ongoing_amount: { type: "number" },
    failed_amount: { type: "number" },
    result_file: { type: "string" },
    resultGeneratedAt: dateTime,
    note: text(200),
  }),
  message: object({ message: text(500, 1) }),
  preactivated: object({
    voucher_number: text(25, 16),
    voucher_serial_number: text(25, 16),
    expiry_date_time: dateTime,
  }),
  voucherStatus: object({
    voucher_status: {
      type: "string",
      enum: ["Not Pre-Activated", "Pre-Activated", "Activated", "Suspended", "Blocked", "Purged", "Not Existing"],
    },
    voucher_amount: { type: "string" },
  }),
  beneficiariesTold: object({
    requestId: text(12, 12),
    registerRequestId: text(12),
    numberFailedCases: { type: "number" },
    failedCases: list(object({ paymentModality: text(2, 2), failureReason: text(100, 1) })),
  }),
  validationTold: object({
    clientCorrelationId: { type: "string" },
    batchId: text(50),
    numberOfFailedCases: { type: "number" },
    failedAccountLookups: list(object({ instructionID: text(16), failureReason: text(200) })),
  }),
  fundsTold: object({
    clientCorrelationId: { type: "string" },
    status: { type: "string", enum: ["Y", "N"] },
    reason: { type: "string" },
  }),
  vouchersTold: object({
    requestID: text(12),
    numberFailedCases: { type: "number" },
    voucherDetails: list(object({ instructionID: text(16), voucherNumber: text(25, 16), serialNumber: text(25, 16) })),
  }),
  bill: object({
    code,
    reason: text(200),
    requestId: text(12),
    billId: text(20),
    billDetails: list(
      object({
        billerId: text(10),
        billerName: text(10),
        billStatus: text(10),
        dueDate: { type: "string" },
        amountonDueDate: { type: "integer" },
        amountAfterDueDate: { type: "integer" },
      }),
    ),
  }),
  billAnswer: object({ code, reason: text(200), requestId: text(12) }),
  g2pErrors: object({ errors: list(object({ code: { type: "string", pattern: "^err\\." }, message: text(999) })) }),
  g2pAck: object({
    message: object(
      {
        ack_status: { type: "string", enum: ["ACK", "NACK", "ERR"] },
        timestamp: dateTime,
        correlation_id: text(99, 1),
        error: object({ code: { type: "string", pattern: "^err\\." }, message: text(999) }),
      },
      ["ack_status", "timestamp", "correlation_id"],
    ),
  }),
  g2pDisburse: object({
    header: object({
      message_id: { type: "string" },
      message_ts: dateTime,
      action: { type: "string", enum: ["on-disburse"] },
      status,
    }),
    message: object({
      transaction_id: text(99),
      disbursements_status: list(
        object({ reference_id: { type: "string" }, timestamp: dateTime, status }, [
          "reference_id",
          "timestamp",
          "status",
        ]),
      ),
    }),
  }),
};
