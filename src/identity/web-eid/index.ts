/**
 * A validator of Web eID authentication tokens that stands alone: this folder imports nothing but `node:`.
 * Read `validate.ts` first; it is the specification's ten steps in order. How to copy and use it:
 * docs/guides/validate-a-card-sign-in.md.
 */
export { keyFits, verifySignature } from "./algorithms.ts";
export { readCertificate, type CardCertificate, type CertificateSubject } from "./certificate.ts";
export { verifyCms } from "./cms.ts";
export { revocationByList, type RevocationListOptions } from "./crl.ts";
export { revocationBySettings, type IssuerRevocation, type RevocationOptions } from "./revocation.ts";
export {
  authenticationBytes,
  checkCertificate,
  subjectIdentity,
  validateAuthToken,
  type RevocationAnswer,
  type RevocationCheck,
  type SubjectIdentity,
  type TokenPolicy,
  type TokenReason,
} from "./validate.ts";
