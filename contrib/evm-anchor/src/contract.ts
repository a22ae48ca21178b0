import { parseAbi, type ParseAbi } from "viem";

const lines = [
  "function anchor(string origin, uint64 size, bytes32 root)",
  "function heads(address sender, bytes32 origin) view returns (uint64 size, bytes32 root)",
  "event Anchored(address indexed sender, bytes32 indexed originHash, string origin, uint64 size, bytes32 root)",
  "error Smaller(uint64 recorded)",
  "error Different(bytes32 recorded)",
] as const;

/** The interface of `CheckpointAnchor.sol`; a test compares it with what the compiler says. */
export const checkpointAnchorAbi: ParseAbi<typeof lines> = parseAbi(lines);
