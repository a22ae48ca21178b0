import { fullMask, TooLarge, type Box, type Mask, type TableSpace } from "./analyse-space.ts";

/** Steps a search may take: some seconds at most. */
const mostSteps = 200_000;

/** Pure: the parts of a box that none of the rows covers, as few boxes as are found side by side. */
export function uncovered(box: Box, rows: readonly Box[]): Box[] {
  let steps = 0;
  const search = (part: Box, near: readonly Box[]): Box[] => {
    steps += 1 + near.length;
    if (steps > mostSteps) throw new TooLarge("the table has too many combinations");
    if (near.length === 0) return [part];
    const cutting = near.map((row) => part.map((mask, axis) => (mask & ~row[axis]!) !== 0n));
    if (cutting.some((cuts) => !cuts.includes(true))) return [];
    // The axis that most rows cut divides the question best.
    const counts = part.map((_, axis) => cutting.filter((cuts) => cuts[axis]).length);
    const axis = counts.indexOf(Math.max(...counts));
    return partition(
      part[axis]!,
      near.map((row) => row[axis]!),
    ).flatMap((mask) => {
      const inner = part.map((whole, at) => (at === axis ? mask : whole));
      return search(
        inner,
        near.filter((row) => (row[axis]! & mask) !== 0n),
      );
    });
  };
  return merged(
    search(
      box,
      rows.filter((row) => meet(row, box) !== undefined),
    ),
  );
}

/** The whole of a table's space. */
export function wholeOf(space: TableSpace): Box {
  return space.axes.map(({ atoms }) => fullMask(atoms.length));
}

/** What two boxes share. */
export function meet(a: Box, b: Box): Box | undefined {
  const shared = a.map((mask, axis) => mask & b[axis]!);
  return shared.includes(0n) ? undefined : shared;
}

/** Whether the first box lies in the second. */
export function within(inner: Box, outer: Box): boolean {
  return inner.every((mask, axis) => (mask & ~outer[axis]!) === 0n);
}

/** Cuts a set so that each row's set holds all of a part or nothing of it. */
function partition(whole: Mask, rows: readonly Mask[]): Mask[] {
  let parts: Mask[] = [whole];
  for (const row of rows) parts = parts.flatMap((part) => [part & row, part & ~row].filter((piece) => piece !== 0n));
  return parts;
}

/** Joins boxes that differ on one axis only, until none do. */
function merged(boxes: readonly Box[]): Box[] {
  const result = [...boxes];
  for (let again = result.length <= 400; again;) {
    again = false;
    for (let i = 0; i < result.length && !again; i += 1)
      for (let j = i + 1; j < result.length && !again; j += 1) {
        const differing = result[i]!.flatMap((mask, axis) => (mask === result[j]![axis] ? [] : [axis]));
        if (differing.length !== 1) continue;
        const [axis] = differing as [number];
        result[i] = result[i]!.map((mask, at) => (at === axis ? mask | result[j]![at]! : mask));
        result.splice(j, 1);
        again = true;
      }
  }
  return result;
}
