/** Browser code: what pages gain with script. Nothing here is needed to use them. */
import { focusErrorSummary, submitOnce } from "./forms.ts";
import { ReceiptCheck } from "./receipt-check.ts";

customElements.define("receipt-check", ReceiptCheck);
submitOnce(document);
focusErrorSummary(document);
