// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// Remembers the newest head of each log, for each sender apart: nobody can get in the way of another's log by
/// anchoring a larger tree under its name. Whoever verifies must know the sender's address.
contract CheckpointAnchor {
    struct Head {
        uint64 size;
        bytes32 root;
    }

    /// The newest head by sender and keccak256(origin).
    mapping(address sender => mapping(bytes32 origin => Head)) public heads;

    event Anchored(address indexed sender, bytes32 indexed originHash, string origin, uint64 size, bytes32 root);

    error Smaller(uint64 recorded);
    error Different(bytes32 recorded);

    /// Records a head. The same head may be recorded again, for a sender who did not see the first answer.
    function anchor(string calldata origin, uint64 size, bytes32 root) external {
        bytes32 originHash = keccak256(bytes(origin));
        Head storage head = heads[msg.sender][originHash];
        if (size < head.size) revert Smaller(head.size);
        if (size == head.size && head.root != bytes32(0) && root != head.root) revert Different(head.root);
        head.size = size;
        head.root = root;
        emit Anchored(msg.sender, originHash, origin, size, root);
    }
}
