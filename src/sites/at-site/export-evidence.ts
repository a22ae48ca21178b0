import { open, rename } from "node:fs/promises";
import { openEvidenceAt } from "#exchange";
import { systemClock } from "#kernel";
import { memberIdOf } from "../member-path.ts";
import { timeStampsOf } from "../time-stamp-option.ts";
import { openGatewayStock, readGatewayFile } from "./with-gateway.ts";

/** What was written. */
export interface WrittenEvidence {
  readonly written: string;
  readonly bytes: number;
}

/**
 * Writes the evidence of one exchange into a file, from the database and the keys of the gateway that a file describes; the
 * gateway may be running. The authority is asked for a certificate to seal with.
 * @throws with `code` = `site-file`; `seal-unavailable`; with `refused` for an exchange that is not known, or not kept
 */
export async function exportEvidenceAtSite(
  name: string,
  exchangeId: string,
  o: {
    readonly out: string;
    readonly form: "exchange" | "x-road";
    readonly side?: "consumer" | "provider" | undefined;
  },
): Promise<WrittenEvidence> {
  const read = readGatewayFile(name);
  const { file, path } = read;
  const { database, log } = await openGatewayStock(read, { connections: 2 });
  try {
    const desk = await openEvidenceAt({
      database,
      log,
      clock: systemClock,
      keysFolder: path(file.keys),
      member: memberIdOf(file.instance, file.member),
      serverCode: file.serverCode,
      anchor: file.authority.anchor,
      authorityUrl: file.authority.url,
      timeStamps: timeStampsOf(file.timeStamps, path),
    });
    const made = await (o.form === "exchange" ? desk.exchange(exchangeId, o.side) : desk.message(exchangeId, o.side));
    if (!made.ok) {
      const words = {
        "evidence-unknown": `this gateway has no closed record of exchange ${exchangeId}; the id is the answer's x-road-request-id`,
        "message-not-kept": "the message of this exchange was not kept: export the native form, or set keepMessages",
      }[made.error.code];
      throw Object.assign(new Error(words), { code: made.error.code, refused: true });
    }
    return { written: o.out, bytes: await writeWhole(o.out, made.value.bytes) };
  } finally {
    await database.close();
  }
}

/** Whole or not at all: a reader never finds half a container under the name. */
async function writeWhole(path: string, bytes: AsyncIterable<Buffer>): Promise<number> {
  const part = `${path}.part`;
  const file = await open(part, "w", 0o600);
  let written = 0;
  try {
    for await (const piece of bytes) {
      await file.writeFile(piece);
      written += piece.length;
    }
    await file.sync();
  } finally {
    await file.close();
  }
  await rename(part, path);
  return written;
}
