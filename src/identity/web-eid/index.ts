/**
 * A validator of Web eID authentication tokens that stands alone: this folder imports nothing but `node:`.
 * Read `validate.ts` first; it is the specification's ten steps in order.
 */
export { hashOf, isSignatureAlgorithm, keyFits, verifySignature, type SignatureAlgorithm } from "./algorithms.ts";
export { readCertificate, type CardCertificate, type CertificateSubject, type KeyUsage } from "./certificate.ts";
export { revocationByList, type ListNumbers, type RevocationListOptions } from "./crl.ts";
export {
  authenticationBytes,
  checkCertificate,
  subjectIdentity,
  validateAuthToken,
  type RevocationCheck,
  type RevocationStatus,
  type SubjectIdentity,
  type TokenPolicy,
  type TokenReason,
  type TokenToValidate,
  type TokenVerdict,
} from "./validate.ts";
