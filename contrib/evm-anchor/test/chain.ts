import { createServer } from "node:http";
import { json } from "node:stream/consumers";
import { after } from "node:test";
import { createBlock, type Block } from "@ethereumjs/block";
import { createCustomCommon, Hardfork, Mainnet } from "@ethereumjs/common";
import { createTxFromRLP } from "@ethereumjs/tx";
import {
  bytesToHex,
  createAccount,
  createAddressFromString,
  hexToBytes,
  type PrefixedHexString,
} from "@ethereumjs/util";
import { createVM, runTx, type RunTxResult } from "@ethereumjs/vm";

/** A chain in this process: an EVM, a block for each transaction, and the few JSON-RPC methods that a client needs. */
export interface Chain {
  readonly url: string;
  /** Gas of each transaction. */
  readonly gas: bigint[];
  /** Adds an empty block. */
  mine(): void;
  /** Forgets the newest transaction, as if its block was never agreed on. */
  forgetLast(): void;
}

const hex = (value: bigint | number): PrefixedHexString => `0x${value.toString(16)}`;
const zeros = (bytes: number): PrefixedHexString => `0x${"00".repeat(bytes)}`;

export async function startChain(rich: string, id: number = 1337): Promise<Chain> {
  const common = createCustomCommon({ chainId: id, name: "test" }, Mainnet, { hardfork: Hardfork.Paris });
  const vm = await createVM({ common });
  await vm.stateManager.putAccount(createAddressFromString(rich), createAccount({ balance: 10n ** 20n }));
  const blocks: Block[] = [];
  const receipts = new Map<string, Record<string, unknown>>();
  const gas: bigint[] = [];

  function mine(): Block {
    const timestamp = BigInt(Math.floor(Date.now() / 1000) + blocks.length);
    const header = { number: BigInt(blocks.length), timestamp, gasLimit: 30_000_000n, baseFeePerGas: 7n };
    const parentHash = blocks.at(-1)?.hash();
    const block = createBlock({ header: { ...header, ...(parentHash ? { parentHash } : {}) } }, { common });
    blocks.push(block);
    return block;
  }
  mine();

  function blockOf(block: Block | undefined): unknown {
    return (
      block && {
        number: hex(block.header.number),
        hash: bytesToHex(block.hash()),
        parentHash: bytesToHex(block.header.parentHash),
        timestamp: hex(block.header.timestamp),
        baseFeePerGas: hex(7),
        gasLimit: hex(30_000_000),
        gasUsed: hex(0),
        transactions: [],
      }
    );
  }

  async function send(raw: PrefixedHexString): Promise<PrefixedHexString> {
    const tx = createTxFromRLP(hexToBytes(raw), { common });
    const block = mine();
    const result: RunTxResult = await runTx(vm, { tx, block });
    gas.push(result.totalGasSpent);
    const transactionHash = bytesToHex(tx.hash());
    const place = {
      transactionHash,
      transactionIndex: hex(0),
      blockHash: bytesToHex(block.hash()),
      blockNumber: hex(block.header.number),
    };
    receipts.set(transactionHash, {
      ...place,
      from: tx.getSenderAddress().toString(),
      to: tx.to?.toString() ?? null,
      contractAddress: result.createdAddress?.toString() ?? null,
      status: hex(result.execResult.exceptionError ? 0 : 1),
      type: hex(2),
      gasUsed: hex(result.totalGasSpent),
      cumulativeGasUsed: hex(result.totalGasSpent),
      effectiveGasPrice: hex(8),
      logsBloom: zeros(256),
      logs: (result.execResult.logs ?? []).map(([address, topics, data], at) => ({
        ...place,
        address: bytesToHex(address),
        topics: topics.map((topic) => bytesToHex(topic)),
        data: bytesToHex(data),
        logIndex: hex(at),
        removed: false,
      })),
    });
    return transactionHash;
  }

  async function call({ from, to, data }: Record<string, PrefixedHexString>): Promise<PrefixedHexString> {
    await vm.evm.journal.checkpoint();
    try {
      const { execResult } = await vm.evm.runCall({
        ...(from ? { caller: createAddressFromString(from) } : {}),
        ...(to ? { to: createAddressFromString(to) } : {}),
        data: hexToBytes(data ?? "0x"),
        gasLimit: 5_000_000n,
      });
      const answer = bytesToHex(execResult.returnValue);
      if (execResult.exceptionError) throw Object.assign(new Error("execution reverted"), { code: 3, data: answer });
      return answer;
    } finally {
      await vm.evm.journal.revert();
    }
  }

  async function answer(method: string, params: readonly never[]): Promise<unknown> {
    switch (method) {
      case "eth_chainId":
        return hex(id);
      case "eth_blockNumber":
        return hex(blocks.length - 1);
      case "eth_gasPrice":
      case "eth_maxPriorityFeePerGas":
        return hex(1);
      case "eth_estimateGas":
        return hex(2_000_000);
      case "eth_getTransactionCount":
        return hex((await vm.stateManager.getAccount(createAddressFromString(params[0]!)))?.nonce ?? 0n);
      case "eth_getBlockByNumber":
        return (
          blockOf(params[0] === "latest" || params[0] === "pending" ? blocks.at(-1) : blocks[Number(params[0])]) ?? null
        );
      case "eth_getBlockByHash":
        return blockOf(blocks.find((block) => bytesToHex(block.hash()) === params[0])) ?? null;
      case "eth_sendRawTransaction":
        return send(params[0]!);
      case "eth_getTransactionReceipt":
        return receipts.get(params[0]!) ?? null;
      case "eth_getTransactionByHash":
        return null;
      case "eth_call":
        return call(params[0]!);
      default:
        throw Object.assign(new Error(`${method} is not there`), { code: -32_601 });
    }
  }

  const server = createServer((request, response) => {
    void (async () => {
      const {
        id: asked,
        method,
        params = [],
      } = (await json(request)) as { id: number; method: string; params?: never[] };
      const reply = await answer(method, params).then(
        (result) => ({ result }),
        (error: Error & { code?: number; data?: unknown }) => ({
          error: { code: error.code ?? -32_000, message: error.message, data: error.data },
        }),
      );
      response
        .writeHead(200, { "content-type": "application/json" })
        .end(JSON.stringify({ jsonrpc: "2.0", id: asked, ...reply }));
    })();
  });
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  after(() => {
    server.closeAllConnections();
    server.close();
  });
  const place = server.address();
  return {
    url: `http://127.0.0.1:${typeof place === "object" ? place?.port : ""}`,
    gas,
    mine: () => void mine(),
    forgetLast: () => void receipts.delete([...receipts.keys()].at(-1)!),
  };
}
