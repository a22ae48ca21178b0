/**
 * Passkeys (WebAuthn level 3): bound to a person who has just shown a card, used ever after in its place up to the level
 * substantial. Owns `identity.passkey` and its challenges. A passkey never enrols anybody, and is recovered by the card.
 */
export { beginPasskey, finishPasskey, mayAddPasskey } from "./bind.ts";
export { relyingPartyOf } from "./challenge.ts";
export { listPasskeys, removePasskey, renamePasskey, type Passkey } from "./manage.ts";
export { beginPasskeySignIn, finishPasskeySignIn } from "./sign-in.ts";
