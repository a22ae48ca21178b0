import { fromBase64 } from "#kernel";
import type { Component, ComponentParameter, ReceivedSignature } from "./message-signature.ts";

/*
 * The form in which gateways write their own `Signature-Input` and `Signature`: one label, names of letters, digits and
 * hyphens, `;bs` and `;req` as only parameters of components, strings without escapes. A full parser of structured
 * fields takes five times as long for it, four times a call; it reads whatever is not exactly of this form.
 */
const input = /^([a-z][a-z0-9]*)=(\(([^()]*)\)((?:;[a-z]+=(?:[1-9]\d{0,14}|"[\x20\x21\x23-\x5b\x5d-\x7e]*"))*))$/;
const item = /^"(@?[a-z][a-z0-9-]*)"((?:;(?:bs|req))*)$/;
const parameter = /;([a-z]+)=(?:"([^"]*)"|(\d+))/g;
const bytes = /^([a-z][a-z0-9]*)=:([A-Za-z0-9+/]+={0,2}):$/;

/** Components come again with every message: their texts are read once. */
const components = new Map<string, Component>();
const mostComponents = 2048;

/** Reads one signature in the plain form; `undefined` for any other form, right or wrong: then the parser decides. */
export function readPlainSignature(inputField: string, signatureField: string): ReceivedSignature | undefined {
  const [, label, signatureParams, items, tail] = input.exec(inputField) ?? [];
  const [, sameLabel, text] = bytes.exec(signatureField) ?? [];
  if (label === undefined || label !== sameLabel) return undefined;
  const signature = fromBase64(text!);
  if (signature === undefined) return undefined;
  const covered: Component[] = [];
  for (const one of items === "" ? [] : items!.split(" ")) {
    const component = components.get(one) ?? readComponent(one);
    if (component === undefined) return undefined;
    covered.push(component);
  }
  const parameters: (readonly [string, string | number])[] = [];
  for (const [, name, string, integer] of tail!.matchAll(parameter)) {
    if (parameters.some(([known]) => known === name)) return undefined;
    parameters.push([name!, string ?? Number(integer)]);
  }
  return { label, components: covered, parameters, signatureParams: signatureParams!, signature };
}

function readComponent(text: string): Component | undefined {
  const [, name, tail] = item.exec(text) ?? [];
  if (name === undefined) return undefined;
  const keys = tail!.split(";").slice(1);
  if (new Set(keys).size < keys.length) return undefined;
  const component: Component = { name, parameters: keys.map((key): ComponentParameter => [key, true]) };
  if (components.size < mostComponents) components.set(text, component);
  return component;
}
