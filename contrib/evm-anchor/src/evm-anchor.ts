import {
  bytesToHex,
  createPublicClient,
  createWalletClient,
  defineChain,
  http,
  isAddress,
  isAddressEqual,
  isHex,
  keccak256,
  parseEventLogs,
  stringToBytes,
  type Address,
  type Hex,
} from "viem";
import { privateKeyToAccount } from "viem/accounts";
import type { Anchor, AnchorHead, AnchorVerdict } from "../../../src/ledger/anchor.ts";
import { checkpointAnchorAbi } from "./contract.ts";

/** How a site's file names this anchor: `{ "module": ".../src/evm-anchor.ts", "options": { … } }`. */
export interface EvmAnchorOptions {
  /** The operator's name for it, in file names. */
  readonly name: string;
  /** Address of a node's JSON-RPC. Of a node that you trust: it says what the chain holds. */
  readonly rpc: string;
  /** Address of a deployed `CheckpointAnchor`. */
  readonly contract: string;
  /** Whose anchoring counts. */
  readonly sender: string;
  /** Environment variable with the sender's private key (0x and 64 digits). Needed to anchor, not to verify. */
  readonly keyVariable?: string;
  /** Blocks that must stand on the one that holds the record; 1, which chains with finality by vote need. */
  readonly confirmations?: number;
}

/** The record, as JSON. Where to look; the chain is what proves. */
interface EvmRecord {
  readonly v: 1;
  readonly chain: number;
  readonly contract: Address;
  readonly sender: Address;
  readonly transaction: Hex;
  readonly blockHash: Hex;
}

const timeoutMs = 60_000;

function fault(code: string, reason: string, cause?: unknown): Error {
  return Object.assign(new Error(reason, { cause }), { code });
}

function address(text: unknown, what: string): Address {
  if (typeof text === "string" && isAddress(text)) return text;
  throw fault("anchor-options-invalid", `${what} is not an address`);
}

function no(step: string, reason: string): AnchorVerdict {
  return { ok: false, step, reason };
}

/** Reads a record; nothing for anything that is none. */
function parseRecord(body: Uint8Array): EvmRecord | undefined {
  try {
    const value = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(body)) as Partial<EvmRecord>;
    const { v, chain, contract, sender, transaction, blockHash } = value;
    if (v !== 1 || !Number.isSafeInteger(chain) || !isAddress(contract ?? "") || !isAddress(sender ?? ""))
      return undefined;
    return [transaction, blockHash].every((hash) => isHex(hash) && hash.length === 66)
      ? (value as EvmRecord)
      : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Anchors heads in a contract on an EVM chain. Its record is good as far as the asked node and the chain's validators
 * are: a chain that one body runs adds nothing to a cosigned checkpoint.
 * @throws `anchor-options-invalid`
 */
export async function openAnchor(given: Readonly<Record<string, unknown>> | EvmAnchorOptions): Promise<Anchor> {
  const { name, rpc, confirmations = 1, keyVariable, ...addresses } = given as EvmAnchorOptions;
  const contract = address(addresses.contract, "contract");
  const sender = address(addresses.sender, "sender");
  if (typeof name !== "string" || typeof rpc !== "string") {
    throw fault("anchor-options-invalid", "name or rpc is missing");
  }
  const transport = http(rpc, { timeout: 10_000, retryCount: 0 });
  const reader = createPublicClient({ transport, pollingInterval: 500 });

  /** What the chain says of a transaction: the time of its block, if it anchored this head. */
  async function look(head: AnchorHead, transaction: Hex): Promise<AnchorVerdict & { readonly blockHash?: Hex }> {
    const receipt = await reader.getTransactionReceipt({ hash: transaction }).catch(() => undefined);
    if (!receipt) return no("chain", "the chain does not hold this transaction");
    if (receipt.status !== "success") return no("chain", "the contract refused it");
    const newest = await reader.getBlockNumber({ cacheTime: 0 });
    if (newest < receipt.blockNumber + BigInt(confirmations - 1)) return no("chain", "too few blocks stand on it");
    const root = bytesToHex(head.root);
    const anchored = parseEventLogs({ abi: checkpointAnchorAbi, eventName: "Anchored", logs: receipt.logs }).some(
      ({ address: emitter, args }) =>
        isAddressEqual(emitter, contract) &&
        isAddressEqual(args.sender, sender) &&
        args.originHash === keccak256(stringToBytes(head.origin)) &&
        args.origin === head.origin &&
        args.size === head.size &&
        args.root === root,
    );
    if (!anchored) return no("imprint", "it anchored another head, another log, or came from another sender");
    const block = await reader.getBlock({ blockHash: receipt.blockHash });
    const at = new Date(Number(block.timestamp) * 1000);
    return { ok: true, at, by: `${contract} by ${sender}`, blockHash: receipt.blockHash };
  }

  return {
    name,
    publish: async (head, signal) => {
      const key = keyVariable === undefined ? undefined : process.env[keyVariable];
      if (!isHex(key) || key.length !== 66) throw fault("anchor-failed", "no private key in the environment variable");
      try {
        const account = privateKeyToAccount(key);
        if (!isAddressEqual(account.address, sender)) throw new Error("the private key is not the sender's");
        const id = await reader.getChainId();
        const nativeCurrency = { name: "", symbol: "", decimals: 18 };
        const chain = defineChain({ id, name: String(id), nativeCurrency, rpcUrls: { default: { http: [rpc] } } });
        const writer = createWalletClient({ account, chain, transport });
        const call = { address: contract, abi: checkpointAnchorAbi, functionName: "anchor" } as const;
        const args = [head.origin, head.size, bytesToHex(head.root)] as const;
        const { request } = await reader.simulateContract({ account, ...call, args });
        const transaction = await writer.writeContract({ ...request, account, chain });
        signal?.throwIfAborted();
        await reader.waitForTransactionReceipt({ hash: transaction, confirmations, timeout: timeoutMs });
        const seen = await look(head, transaction);
        if (!seen.ok) throw new Error(`${seen.step}: ${seen.reason}`);
        const record: EvmRecord = { v: 1, chain: id, contract, sender, transaction, blockHash: seen.blockHash! };
        return { at: seen.at, suffix: "json", body: new TextEncoder().encode(`${JSON.stringify(record)}\n`) };
      } catch (cause) {
        // viem's messages hold the node's address, which may hold a token: only its first line goes on.
        const { shortMessage, message } = cause as { shortMessage?: string; message?: string };
        throw fault("anchor-failed", shortMessage?.split("\n")[0] ?? message ?? "no answer", cause);
      }
    },
    verify: async (head, { suffix, body }) => {
      const record = suffix === "json" ? parseRecord(body) : undefined;
      if (!record) return no("format", "not a record of an EVM anchor");
      try {
        if ((await reader.getChainId()) !== record.chain) return no("chain", "the node is of another chain");
        const { blockHash, ...verdict } = await look(head, record.transaction);
        if (!verdict.ok) return verdict;
        return blockHash === record.blockHash ? verdict : no("chain", "it stands in another block now");
      } catch {
        return no("chain", "the node does not answer");
      }
    },
  };
}
