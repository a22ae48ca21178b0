import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import {
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  toFunctionSelector,
  toEventSelector,
  type Abi,
} from "viem";
import { generatePrivateKey, privateKeyToAccount } from "viem/accounts";
import { openAnchor } from "../src/evm-anchor.ts";
import { checkpointAnchorAbi } from "../src/contract.ts";
import { startChain } from "./chain.ts";
import { compile } from "./compile.ts";

const key = generatePrivateKey();
process.env["TEST_ANCHOR_KEY"] = key;
const account = privateKeyToAccount(key);
const compiled = compile();
const node = await startChain(account.address);
const chain = defineChain({
  id: 1337,
  name: "test",
  nativeCurrency: { name: "", symbol: "", decimals: 18 },
  rpcUrls: { default: { http: [node.url] } },
});
const wallet = createWalletClient({ account, chain, transport: http() });
const reader = createPublicClient({ chain, transport: http(), pollingInterval: 20 });

async function deploy(): Promise<`0x${string}`> {
  const hash = await wallet.deployContract({ abi: checkpointAnchorAbi, bytecode: compiled.bytecode });
  return (await reader.waitForTransactionReceipt({ hash })).contractAddress!;
}

const contract = await deploy();
const options = { name: "chain", rpc: node.url, contract, sender: account.address, keyVariable: "TEST_ANCHOR_KEY" };
const someHead = (size: bigint, origin = "log.example/2026") => ({
  origin,
  size,
  root: new Uint8Array(randomBytes(32)),
});

test("the interface in the source is the compiler's", () => {
  const signatures = (abi: Abi) =>
    abi
      .filter(({ type }) => type === "function" || type === "event")
      .map((item) => (item.type === "function" ? toFunctionSelector(item) : toEventSelector(item as never)))
      .sort();
  assert.deepEqual(signatures(checkpointAnchorAbi), signatures(compiled.abi as Abi));
});

test("a head is anchored with its time, and verified against the chain", async () => {
  const anchor = await openAnchor(options);
  const head = someHead(20n);
  const record = await anchor.publish(head);
  assert.equal(record.suffix, "json");
  assert.ok(Math.abs(record.at.getTime() - Date.now()) < 60_000);
  const verdict = await anchor.verify(head, record);
  assert.deepEqual(verdict, { ok: true, at: record.at, by: `${contract} by ${account.address}` });
  const later = someHead(21n);
  assert.ok((await anchor.verify(later, await anchor.publish(later))).ok);
  assert.ok((await anchor.verify(head, record)).ok, "the earlier one still holds");
  const [, first, second] = node.gas;
  console.log(`gas: first ${first}, later ${second}`);
});

test("the contract refuses a smaller tree and another root for the same size, and takes the same head again", async () => {
  const anchor = await openAnchor(options);
  const head = someHead(30n, "log.example/refusals");
  await anchor.publish(head);
  for (const [change, error] of [
    [{ size: 29n }, /Smaller\(uint64 recorded\)\s+\(30\)/],
    [{ root: randomBytes(32) }, /Different\(bytes32 recorded\)/],
  ] as const) {
    await assert.rejects(anchor.publish({ ...head, ...change }), (thrown: Error & { code: string; cause: Error }) => {
      assert.equal(thrown.code, "anchor-failed");
      assert.match(thrown.cause.message, error);
      return true;
    });
  }
  await anchor.publish(head);
  const other = someHead(1n, "log.example/another");
  assert.ok((await anchor.verify(other, await anchor.publish(other))).ok, "each log has its own sizes");
});

test("a stranger's larger tree under the same name does not get in the way, and does not count", async () => {
  const stranger = generatePrivateKey();
  const { address } = privateKeyToAccount(stranger);
  process.env["TEST_STRANGER_KEY"] = stranger;
  await reader.waitForTransactionReceipt({ hash: await wallet.sendTransaction({ to: address, value: 10n ** 18n }) });
  const theirs = await openAnchor({ ...options, sender: address, keyVariable: "TEST_STRANGER_KEY" });
  const ours = await openAnchor(options);
  const huge = someHead(2n ** 63n, "log.example/stolen");
  const record = await theirs.publish(huge);
  const verdict = await ours.verify(huge, record);
  assert.equal(!verdict.ok && verdict.step, "imprint");
  const head = someHead(5n, "log.example/stolen");
  assert.ok((await ours.verify(head, await ours.publish(head))).ok);
});

test("records of other heads, logs, contracts and chains, or that are none, do not verify", async () => {
  const anchor = await openAnchor(options);
  const head = someHead(40n, "log.example/records");
  const record = await anchor.publish(head);
  const step = async (from: typeof anchor, about: typeof head, body: Uint8Array, suffix: "json" | "tsr" = "json") => {
    const verdict = await from.verify(about, { suffix, body });
    return verdict.ok ? "accepted" : verdict.step;
  };
  assert.equal(await step(anchor, { ...head, size: 41n }, record.body), "imprint");
  assert.equal(await step(anchor, { ...head, root: new Uint8Array(32) }, record.body), "imprint");
  assert.equal(await step(anchor, { ...head, origin: "log.example/x" }, record.body), "imprint");
  assert.equal(await step(await openAnchor({ ...options, contract: await deploy() }), head, record.body), "imprint");
  const elsewhere = await startChain(account.address, 7);
  assert.equal(await step(await openAnchor({ ...options, rpc: elsewhere.url }), head, record.body), "chain");
  assert.equal(await step(await openAnchor({ ...options, rpc: "http://127.0.0.1:1" }), head, record.body), "chain");
  for (const none of ["", "{", "null", '{"v":1}', "[]"]) {
    assert.equal(await step(anchor, head, new TextEncoder().encode(none)), "format", none);
  }
  assert.equal(await step(anchor, head, record.body, "tsr"), "format");
  const moved = JSON.parse(new TextDecoder().decode(record.body)) as object;
  const other = JSON.stringify({ ...moved, blockHash: `0x${"11".repeat(32)}` });
  assert.equal(await step(anchor, head, new TextEncoder().encode(other)), "chain");
});

test("a block that the chain gave up is no record; blocks that must stand on it are waited for", async () => {
  const anchor = await openAnchor(options);
  const head = someHead(50n, "log.example/blocks");
  const record = await anchor.publish(head);
  const patient = await openAnchor({ ...options, confirmations: 2 });
  assert.equal((await patient.verify(head, record)).ok, false);
  node.mine();
  assert.equal((await patient.verify(head, record)).ok, true);
  node.forgetLast();
  assert.equal((await anchor.verify(head, record)).ok, false);
});

test("wrong options and a wrong key are refused without telling the key", async () => {
  for (const change of [{ contract: "0x1" }, { sender: "" }, { name: 1 }]) {
    await assert.rejects(openAnchor({ ...options, ...change }), { code: "anchor-options-invalid" });
  }
  process.env["TEST_OTHER_KEY"] = generatePrivateKey();
  for (const keyVariable of ["TEST_OTHER_KEY", "TEST_NO_KEY"]) {
    const anchor = await openAnchor({ ...options, keyVariable });
    await assert.rejects(anchor.publish(someHead(1n)), (thrown: Error & { code: string }) => {
      assert.equal(thrown.code, "anchor-failed");
      assert.ok(!thrown.message.includes(key) && !thrown.message.includes(process.env["TEST_OTHER_KEY"]!));
      return true;
    });
  }
});
