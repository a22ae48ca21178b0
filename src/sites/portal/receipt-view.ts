import { fromBase64 } from "#kernel";

/** What a person wants to see of a receipt before checking it: where the entry stands, and who witnessed it when. */
export interface ReceiptSummary {
  readonly origin: string;
  readonly index: number;
  readonly size: number;
  readonly witnesses: readonly { readonly name: string; readonly at: Date }[];
}

/** Reads a tlog-proof for display. It proves nothing: the check does that. */
export function summariseProof(proof: string): ReceiptSummary | undefined {
  const lines = proof.split("\n");
  const index = Number(lines.find((line) => line.startsWith("index "))?.slice(6));
  const blank = lines.indexOf("");
  const [origin, size] = lines.slice(blank + 1, blank + 3);
  if (!origin || !Number.isSafeInteger(index)) return undefined;
  const witnesses = lines
    .filter((line) => line.startsWith("— ") && !line.startsWith(`— ${origin} `))
    .flatMap((line) => {
      const [, name = "", signature = ""] = line.split(" ");
      const bytes = fromBase64(signature);
      // key ID (4 bytes), time in POSIX seconds (8), signature: C2SP tlog-cosignature
      return bytes && bytes.length > 12
        ? [{ name, at: new Date(Number(new DataView(bytes.buffer).getBigUint64(4)) * 1000) }]
        : [];
    });
  return { origin, index, size: Number(size), witnesses };
}

/** The last part of a scheme-less name: `demo.taroko.example/witness/university` → `university`. */
export function lastPart(name: string): string {
  return name.split("/").at(-1) ?? name;
}
