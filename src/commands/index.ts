/**
 * The `taroko` command: words in, one call each, words out.
 *
 * Files called `…-commands.ts` say which commands there are and what they take. Their work is in the files beside them,
 * read only when its command is given, so that help and the check of a receipt start at once. A fault becomes one line and
 * an exit status. It owns no data; what is done at a site is in `#sites`.
 */
export { addCommands, type CommandsOptions } from "./add-commands.ts";
export { portNumber } from "./read-number.ts";
