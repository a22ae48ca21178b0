/**
 * Whether some object of a JSON text has a member twice: of the two the check may see one and the service the other.
 * @param json a text that `JSON.parse` takes
 */
export function hasRepeatedName(json: string): boolean {
  /** For each container that is open: the names of an object, nothing for an array. */
  const open: (Set<string> | undefined)[] = [];
  let text = "";
  for (let at = 0; at < json.length; at += 1) {
    switch (json.charCodeAt(at)) {
      case 0x22: {
        const start = at;
        for (at += 1; json.charCodeAt(at) !== 0x22; at += 1) if (json.charCodeAt(at) === 0x5c) at += 1;
        text = json.slice(start + 1, at);
        break;
      }
      case 0x7b:
        open.push(new Set());
        break;
      case 0x5b:
        open.push(undefined);
        break;
      case 0x7d:
      case 0x5d:
        open.pop();
        break;
      case 0x3a: {
        const names = open.at(-1);
        const name = text.includes("\\") ? (JSON.parse(`"${text}"`) as string) : text;
        if (names?.has(name)) return true;
        names?.add(name);
      }
    }
  }
  return false;
}
