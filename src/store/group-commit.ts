/**
 * Group commit: what is to become durable at the same time goes into one transaction. Nobody waits for company: an item
 * is written at the end of this turn of the event loop, with the others of the turn; whatever comes while a write is
 * under way makes up the next one. So a lone call pays one commit, and a hundred at a time pay a few.
 *
 * `write` does all of its items or none, and answers one receipt for each, in their order. When a write of several fails,
 * each item is written alone: nobody is refused for a neighbour's fault, and an item that became durable although its
 * commit reported a failure must be told by `write` itself (here: a record closes once, an entry's key is unique).
 */
export function groupCommit<Item, Receipt>(
  write: (items: readonly Item[]) => Promise<readonly Receipt[]>,
  largest: number = 128,
): (item: Item) => Promise<Receipt> {
  interface Waiting {
    readonly item: Item;
    readonly done: (receipt: Receipt) => void;
    readonly fail: (cause: unknown) => void;
  }
  let waiting: Waiting[] = [];
  let writing = false;

  async function writeTogether(group: readonly Waiting[]): Promise<void> {
    try {
      const receipts = await write(group.map(({ item }) => item));
      group.forEach(({ done }, at) => done(receipts[at]!));
    } catch (cause) {
      if (group.length === 1) group[0]!.fail(cause);
      else await Promise.all(group.map((one) => writeTogether([one])));
    }
  }

  async function writeAll(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, largest);
      waiting = waiting.slice(largest);
      await writeTogether(group);
    }
    writing = false;
  }

  return (item) =>
    new Promise((done, fail) => {
      waiting.push({ item, done, fail });
      if (writing) return;
      writing = true;
      setImmediate(() => void writeAll());
    });
}
