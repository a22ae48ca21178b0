import { InvalidArgumentError } from "commander";

/** Reads an option's whole number; `rule` is what a person reads who typed another. */
export function wholeNumber(least: number, most: number, rule: string): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (!Number.isSafeInteger(number) || number < least || number > most) throw new InvalidArgumentError(rule);
    return number;
  };
}

/** Leaves room above for the ports that follow the first. */
export const portNumber: (text: string) => number = wholeNumber(1, 65_000, "a port is a number from 1 to 65000");
