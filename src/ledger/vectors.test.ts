import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { fromBase64, fromHex, toBase64, toHex } from "#kernel";
import {
  formatCheckpoint,
  formatNote,
  leafHash,
  nodeHash,
  parseCheckpoint,
  parseNote,
  parseTilePath,
  parseVkey,
  partialTiles,
  tilePath,
  verifyConsistency,
  verifyInclusion,
  verifyNote,
  verifySubtreeConsistency,
  verifySubtreeInclusion,
  type Check,
} from "#ledger/contract";
import { formatAddCheckpoint, parseAddCheckpoint } from "./add-checkpoint.ts";
import { logFilesAt } from "./log-files.ts";
import { parseSignatureLine } from "./note.ts";
import { edgeFrom, emptyEdge, extend, hashLeaf, rootOf, rootOfHashes } from "./tree.ts";
import { openTree } from "./verified-tree.ts";

const folder = new URL("./vectors/", import.meta.url);

function json(path: string): unknown {
  return JSON.parse(readFileSync(new URL(path, folder), "utf8"));
}

interface Rfc6962 {
  readonly leaf_inputs_hex: string[];
  readonly node_hashes_hex: string[][];
  readonly roots_by_size_hex: string[];
}

test("RFC 6962 section 2.1: leaves, nodes and roots of the customary eight", async () => {
  const vector = json("rfc6962.json") as Rfc6962;
  const entries = vector.leaf_inputs_hex.map((hex) => fromHex(hex)!);
  const [leaves, ...above] = vector.node_hashes_hex;
  assert.deepEqual(await Promise.all(entries.map(async (entry) => toHex(await leafHash(entry)))), leaves);
  for (const [level, row] of above.entries()) {
    for (const [at, expected] of row.entries()) {
      const [left, right] = vector.node_hashes_hex[level]!.slice(2 * at).map((hex) => fromHex(hex)!);
      assert.equal(toHex(await nodeHash(left!, right!)), expected);
    }
  }
  for (const [size, root] of vector.roots_by_size_hex.entries()) {
    assert.equal(toHex(rootOfHashes(entries.slice(0, size).map(hashLeaf))), root, `size ${size}`);
    assert.equal(toHex(rootOf(extend(emptyEdge, entries.slice(0, size)).edge)), root, `size ${size}`);
  }
});

interface MerkleVector {
  readonly leafIdx?: string;
  readonly treeSize?: string;
  readonly root?: string;
  readonly leafHash?: string;
  readonly start?: string;
  readonly end?: string;
  readonly size?: string;
  readonly size1?: string;
  readonly size2?: string;
  readonly root1?: string;
  readonly root2?: string;
  readonly proof: string[] | null;
  readonly wantErr: boolean;
}

// Four files hold 2^64-1, which a JavaScript number cannot, so the numbers are read as text. Hashes of another length
// than 32 bytes, or not base64 at all, must be refused like any wrong hash.
function merkleVector(path: string): MerkleVector {
  const text = readFileSync(path, "utf8").replace(/"(leafIdx|treeSize|start|end|size\d?)": (\d+)/g, '"$1": "$2"');
  return JSON.parse(text) as MerkleVector;
}
function hash(text: string | undefined): Uint8Array {
  return fromBase64(text ?? "") ?? new Uint8Array();
}
async function merkleCheck(vector: MerkleVector): Promise<Check> {
  const proof = (vector.proof ?? []).map(hash);
  if (vector.start !== undefined) {
    const [start, end] = [BigInt(vector.start), BigInt(vector.end!)];
    return vector.leafIdx === undefined
      ? verifySubtreeConsistency(start, end, BigInt(vector.size!), proof, hash(vector.root1), hash(vector.root2))
      : verifySubtreeInclusion(BigInt(vector.leafIdx), start, end, hash(vector.leafHash), proof, hash(vector.root));
  }
  return vector.leafIdx === undefined
    ? verifyConsistency(BigInt(vector.size1!), BigInt(vector.size2!), proof, hash(vector.root1), hash(vector.root2))
    : verifyInclusion(
        BigInt(vector.leafIdx),
        BigInt(vector.treeSize!),
        hash(vector.leafHash),
        proof,
        hash(vector.root),
      );
}

/** Its roots are 12 bytes, which its publisher's library does not look at where nothing is hashed; we always do. */
const shortHashes = new Set(["merkle/subtreeconsistency/additional/sizes-are-equal-one-and-proof-is-empty.json"]);
const merkleFiles = globSync("merkle/**/*.json", { cwd: folder }).sort();
test("transparency-dev/merkle: the vectors are there", () => assert.equal(merkleFiles.length, 259));
for (const file of merkleFiles) {
  test(`transparency-dev/merkle: ${dirname(file).slice("merkle/".length)}/${basename(file, ".json")}`, async () => {
    const vector = merkleVector(join(fileURLToPath(folder), file));
    const check = await merkleCheck(vector);
    const wantErr = vector.wantErr || shortHashes.has(file);
    assert.equal(check.ok, !wantErr, check.ok ? "was accepted" : check.reason);
  });
}

interface C2spExample {
  readonly spec: string;
  readonly kind: string;
  readonly note?: string;
  readonly vkey?: string;
  readonly body?: string;
  readonly origin?: string;
  readonly size?: number;
  readonly index?: number;
  readonly path?: string;
  readonly trees?: {
    size: number;
    tiles: { level: number; full: number; partial_width: number }[];
  }[];
}

for (const example of (json("c2sp-examples.json") as { examples: C2spExample[] }).examples) {
  test(`C2SP ${example.spec}: ${example.kind}`, async () => {
    if (example.note !== undefined) {
      const note = parseNote(example.note);
      assert.ok(note.ok);
      const lines = note.value.signatures.map(({ line }) => line);
      assert.equal(formatNote(note.value.text, lines), example.note);
      if (example.vkey !== undefined) {
        const key = await parseVkey(example.vkey);
        assert.ok(key.ok);
        const signers = await verifyNote(note.value, [key.value]);
        assert.deepEqual(signers.ok && signers.value.map((signer) => signer.key.name), ["example.com/foo"]);
      }
      if (example.origin === undefined) return;
      const head = parseCheckpoint(example.note);
      assert.ok(head.ok);
      assert.deepEqual([head.value.origin, head.value.size], [example.origin, BigInt(example.size!)]);
      assert.equal(formatCheckpoint(head.value.origin, head.value.size, head.value.root), note.value.text);
    } else if (example.kind.includes("request")) {
      const request = parseAddCheckpoint(example.body!);
      assert.ok(request.ok);
      const { old, proof, checkpoint } = request.value;
      const lines = checkpoint.note.signatures.map(({ line }) => line);
      assert.equal(formatAddCheckpoint(old, proof, formatNote(checkpoint.note.text, lines)), example.body);
    } else if (example.kind.includes("response")) {
      const lines = example.body!.trimEnd().split("\n");
      assert.ok(lines.length > 0 && lines.every((line) => parseSignatureLine(line)?.line === line));
    } else if (example.index !== undefined) {
      const name = { level: 0, n: BigInt(example.index), width: 256 };
      assert.equal(tilePath(name), `tile/0/${example.path}`);
      assert.deepEqual(parseTilePath(`tile/0/${example.path}`), name);
    } else {
      for (const { size, tiles } of example.trees!) {
        const partial = partialTiles(BigInt(size)).filter(({ level }) => level !== "entries");
        assert.deepEqual(
          partial.map(({ level, n, width }) => ({ level, full: Number(n), partial_width: width })),
          tiles.filter((tile) => tile.partial_width > 0),
        );
      }
    }
  });
}

interface TesseraLog {
  readonly vkey: string;
  readonly entries: string[];
  readonly roots_by_size_base64: string[];
}

test("tessera testdata/log: the same entries give the same tiles, bundles and roots, and its checkpoints verify", async () => {
  const log = json("tessera-log.json") as TesseraLog;
  const key = await parseVkey(log.vkey);
  assert.ok(key.ok);
  let edge = emptyEdge;
  for (let size = 0; size <= log.entries.length; size += 1) {
    const root = log.roots_by_size_base64[size];
    assert.equal(toBase64(rootOf(edge)), root);
    const head = parseCheckpoint(readFileSync(new URL(`tessera-log/checkpoint.${size}`, folder), "utf8"));
    assert.ok(head.ok);
    assert.deepEqual([head.value.size, toBase64(head.value.root)], [BigInt(size), root]);
    const signers = await verifyNote(head.value.note, [key.value]);
    assert.equal(signers.ok && signers.value.length, 1);
    const read = (path: string): Uint8Array => readFileSync(new URL(`tessera-log/${path}`, folder));
    assert.equal(toBase64(rootOf(edgeFrom(BigInt(size), read))), root, "the edge read back from their files");
    if (size === log.entries.length) break;
    const next = extend(edge, [Buffer.from(log.entries[size]!)]);
    for (const { path, body } of next.resources) assert.deepEqual(Buffer.from(body), read(path), path);
    edge = next.edge;
  }
});

/** The whole published log, read as a stranger reads it: every size, every tile and bundle that size needs. */
async function readTesseraLog(size: number, change?: (path: string, body: Uint8Array) => Uint8Array): Promise<string> {
  const place = logFilesAt(fileURLToPath(new URL("tessera-log", folder)));
  const head = parseCheckpoint(readFileSync(new URL(`tessera-log/checkpoint.${size}`, folder), "utf8"));
  assert.ok(head.ok);
  const tree = await openTree(head.value, async (path, limit) => {
    const body = await place(path, limit);
    return body && change ? change(path, Uint8Array.from(body)) : body;
  });
  const entries = size === 0 ? [] : await tree.bundle(0n);
  return entries.map((entry) => Buffer.from(entry).toString()).join();
}

test("tessera testdata/log: read as a folder at each size, every tile and bundle leads to the signed root", async () => {
  const { entries } = json("tessera-log.json") as TesseraLog;
  for (let size = 0; size <= entries.length; size += 1) {
    assert.equal(await readTesseraLog(size), entries.slice(0, size).join());
  }
});

test("tessera testdata/log: any byte changed, lost or added in a tile or bundle is found", async () => {
  for (const size of [1, 5, 15]) {
    for (const file of [`tile/0/000.p/${size}`, `tile/entries/000.p/${size}`]) {
      const { length } = readFileSync(new URL(`tessera-log/${file}`, folder));
      const changes: ((body: Uint8Array) => Uint8Array)[] = [
        (body) => body.subarray(0, -1),
        (body) => Buffer.concat([body, Buffer.of(0)]),
        () => new Uint8Array(),
      ];
      for (let at = 0; at < length; at += size === 15 ? 7 : 1) {
        changes.push((body) => body.with(at, body[at]! ^ (1 << (at % 8))));
      }
      for (const [n, change] of changes.entries()) {
        const read = readTesseraLog(size, (path, body) => (path === file ? change(body) : body));
        await assert.rejects(read, { code: "ledger-file-broken" }, `${file}, change ${n}`);
      }
    }
  }
});
