/**
 * One read for all who ask the same at the same time. Nobody is answered by a read that had begun before they asked, so
 * whatever was committed before the question is in the answer: a right that was taken away holds at the next call. Who
 * asks while a read is under way shares the one after it; a lone question waits for nobody.
 * @param nameOf questions of one name have one answer
 */
export function sharedRead<Question, Value>(
  nameOf: (question: Question) => string,
  read: (question: Question) => Promise<Value>,
): (question: Question) => Promise<Value> {
  /** Ends with the read under way, well or not. */
  const underWay = new Map<string, Promise<void>>();
  /** Reads that have not begun. */
  const next = new Map<string, Promise<Value>>();

  async function begin(question: Question, name: string): Promise<Value> {
    await (underWay.get(name) ?? new Promise<void>((turn) => void setImmediate(turn)));
    next.delete(name);
    const reading = read(question);
    const ended = reading
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => {
        if (underWay.get(name) === ended) underWay.delete(name);
      });
    underWay.set(name, ended);
    return reading;
  }

  return (question) => {
    const name = nameOf(question);
    const waiting = next.get(name);
    if (waiting) return waiting;
    const made = begin(question, name);
    next.set(name, made);
    return made;
  };
}
