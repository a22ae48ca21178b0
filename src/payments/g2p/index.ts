/** G2P Connect 1.0.0 over the same mapper and batches as GovStack's shapes: signed messages, answered at once or by callback. */
export { answerG2p } from "./answer.ts";
