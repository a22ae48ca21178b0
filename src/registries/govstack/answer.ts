import type { InProcessAnswer } from "#exchange";

/** An answer in JSON. */
export function said(status: number, value: unknown): InProcessAnswer {
  return { status, headers: [["Content-Type", "application/json"]], body: Buffer.from(JSON.stringify(value), "utf8") };
}

/** GovStack's one answer for what is not there. */
export const noRecord: InProcessAnswer = said(404, { detail: "no record found" });
