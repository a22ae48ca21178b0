/**
 * Passkeys (WebAuthn level 3): bound to a person who has just shown a card, used ever after in its place up to the level
 * substantial. Owns `identity.passkey` and its challenges. A passkey never enrols anybody, and is recovered by the card.
 */
export { beginPasskey, finishPasskey, mayAddPasskey, type BindRefusal } from "./bind.ts";
export { relyingPartyOf } from "./challenge.ts";
export { listPasskeys, removePasskey, renamePasskey, type Passkey } from "./manage.ts";
export { type PasskeyChange } from "./note.ts";
export { beginPasskeySignIn, finishPasskeySignIn, type PasskeyBegun, type PasskeyRefusal } from "./sign-in.ts";
