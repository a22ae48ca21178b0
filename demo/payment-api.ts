import { createPrivateKey, createPublicKey, generateKeyPairSync } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { exportJWK } from "jose";
import type { PortalSiteOptions } from "#sites";

/** The system that may call the payments API of the demonstration; its key lies beside the country's data. */
export const paymentClient = "welfare.taipei.example";

/** A client with every duty, as its operator would write it down. Officers release what it proposes. */
export async function demoPaymentApi(folder: string): Promise<NonNullable<PortalSiteOptions["paymentApi"]>> {
  const key = createPublicKey(createPrivateKey(privateKeyIn(join(folder, "payment-clients"))));
  return {
    clients: [
      {
        id: paymentClient,
        keys: [{ ...(await exportJWK(key)), kid: "k1" }],
        institution: "taipei-social-welfare",
        systems: ["WELFARE00001"],
        programmes: ["main"],
        duties: ["beneficiaries", "payments", "vouchers", "merchants", "bills", "bill-payments"],
        limits: { payment: 100_000n, day: 10_000_000n },
        callbackOrigins: ["http://127.0.0.1:9099"],
      },
    ],
    programmes: [{ id: "main", approval: "officer" }],
    voucherGroups: [
      {
        id: "meals",
        programme: "main",
        largest: 2_000n,
        most: 10_000,
        validDays: 90,
        approvedBy: "示範承辦人員",
      },
    ],
  };
}

/** Made at the first start, as the client's own operator would. */
function privateKeyIn(folder: string): string {
  const file = join(folder, `${paymentClient}.pem`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const { privateKey } = generateKeyPairSync("ed25519");
    writeFileSync(file, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600 });
  }
  return readFileSync(file, "utf8");
}
