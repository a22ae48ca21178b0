import type { Vocabulary } from "./feel/compile.ts";
import type { FeelType } from "./feel/type.ts";

/** The type a `typeRef` names; an unknown name is no constraint, but a fault of the model. */
export function typeOf(typeRef: string | undefined, vocabulary: Vocabulary): FeelType | undefined {
  if (typeRef === undefined) return undefined;
  const type = vocabulary.type(typeRef);
  if (!type) vocabulary.fault?.(`no type is called ${typeRef}`, typeRef, 0);
  return type;
}
