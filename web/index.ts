/** Browser code: what pages gain with script. Nothing here is needed to use them. */
import { focusErrorSummary, submitOnce } from "./forms.ts";
import { ListCheck } from "./list-check.ts";
import { keepLive } from "./live.ts";
import { PasskeyForm } from "./passkey.ts";
import { ReceiptCheck } from "./receipt-check.ts";
import { ReceiptDrop } from "./receipt-drop.ts";
import { AppSignIn, HipkiSignIn, WebEidSignIn } from "./sign-in.ts";

customElements.define("app-sign-in", AppSignIn);
customElements.define("hipki-sign-in", HipkiSignIn);
customElements.define("web-eid-sign-in", WebEidSignIn);
customElements.define("passkey-form", PasskeyForm);
customElements.define("list-check", ListCheck);
customElements.define("receipt-check", ReceiptCheck);
customElements.define("receipt-drop", ReceiptDrop);
submitOnce(document);
focusErrorSummary(document);
keepLive(document);
