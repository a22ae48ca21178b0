import type { Language, Localised } from "#kernel";
import { compileExpression, type Compiled, type Frame, type Scope, type Vocabulary } from "./feel/compile.ts";
import { feelText } from "./feel/text.ts";
import { numberText } from "./number-text.ts";
import { isNumber } from "./feel/value.ts";

export type CompiledText = (frame: Frame) => Localised;

/**
 * A model's text for people. DMN has one `label` and one text per annotation, so both languages stand in one: `中文｜English`, parted by the
 * full-width bar U+FF5C; a text without the bar serves both. FEEL in braces is evaluated where the text stands: `第 {device.item number} 項`.
 */
export function splitLabel(text: string): Localised {
  const [zh = "", en = zh] = text.split("｜");
  return { "zh-Hant": zh.trim(), en: en.trim() };
}

/** The same with FEEL in braces, compiled. */
export function localisedText(source: string, scope: Scope | undefined, vocabulary: Vocabulary): CompiledText {
  const halves = splitLabel(source);
  const compile = (text: string): ((frame: Frame) => string) => {
    const parts = text.split(/\{([^{}]*)\}/);
    const compiled: (string | Compiled)[] = parts.map((part, index) =>
      index % 2 === 0 ? part : compileExpression(part, scope, vocabulary),
    );
    return (frame) => compiled.map((part) => (typeof part === "string" ? part : shown(part(frame)))).join("");
  };
  const texts: Readonly<Record<Language, (frame: Frame) => string>> = {
    "zh-Hant": compile(halves["zh-Hant"]),
    en: compile(halves.en),
  };
  return (frame) => ({ "zh-Hant": texts["zh-Hant"](frame), en: texts.en(frame) });
}

function shown(value: ReturnType<Compiled>): string {
  return isNumber(value) ? numberText(value) : feelText(value);
}
