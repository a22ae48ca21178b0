import { isContext, isList, type FeelContext, type FeelFunction, type FeelList, type FeelValue } from "../value.ts";
import { builtIn, way } from "./signature.ts";

function merged(contexts: FeelList): FeelValue | undefined {
  const all = new Map<string, FeelValue>();
  for (const context of contexts) {
    if (!isContext(context)) return undefined;
    for (const [key, value] of context) all.set(key, value);
  }
  return all;
}

function fromEntries(entries: FeelList): FeelValue | undefined {
  const context = new Map<string, FeelValue>();
  for (const entry of entries) {
    if (!isContext(entry)) return undefined;
    const key = entry.get("key");
    const value = entry.get("value");
    if (typeof key !== "string" || value === undefined || context.has(key)) return undefined;
    context.set(key, value);
  }
  return context;
}

function put(context: FeelValue, keys: FeelList, value: FeelValue): FeelValue | undefined {
  const [key, ...rest] = keys;
  if (typeof key !== "string" || !isContext(context)) return undefined;
  const inner = rest.length === 0 ? value : put(context.get(key) ?? null, rest, value);
  return inner === undefined ? undefined : new Map([...context, [key, inner]]);
}

export const contextFunctions: readonly FeelFunction[] = [
  builtIn(
    "get value",
    way(["m: context", "key: string"], ([m, key]) => (m as FeelContext).get(key as string)),
  ),
  builtIn(
    "get entries",
    way(["m: context"], ([m]) =>
      [...(m as FeelContext)].map(
        ([key, value]) =>
          new Map<string, FeelValue>([
            ["key", key],
            ["value", value],
          ]),
      ),
    ),
  ),
  builtIn(
    "context",
    way(["entries: list"], ([entries]) => fromEntries(entries as FeelList)),
  ),
  builtIn(
    "context put",
    way(["context: context", "key: string", "value"], ([context, key, value]) => put(context!, [key!], value!)),
    way(["context: context", "keys: list", "value"], ([context, keys, value]) =>
      put(context!, keys as FeelList, value!),
    ),
  ),
  builtIn(
    "context merge",
    way(["contexts: list"], ([contexts]) => (isList(contexts!) ? merged(contexts) : undefined)),
  ),
];
