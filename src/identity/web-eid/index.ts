/**
 * A validator of Web eID authentication tokens that stands alone: this folder imports nothing but `node:`.
 * Read `validate.ts` first; it is the specification's ten steps in order.
 */
export { keyFits, verifySignature } from "./algorithms.ts";
export { readCertificate, type CardCertificate, type CertificateSubject } from "./certificate.ts";
export { revocationByList, type RevocationListOptions } from "./crl.ts";
export {
  authenticationBytes,
  checkCertificate,
  subjectIdentity,
  validateAuthToken,
  type RevocationCheck,
  type SubjectIdentity,
  type TokenPolicy,
  type TokenReason,
} from "./validate.ts";
