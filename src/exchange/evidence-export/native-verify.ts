import type { Container } from "./container.ts";
import type { Report } from "./verdict.ts";
export interface NativeTrust {
  readonly anchor?: string | undefined;
  readonly policy?: string | undefined;
}
export async function verifyNative(
  _c: Container,
  _signer: string | undefined,
  _t: NativeTrust,
  _report: Report,
): Promise<void> {}
