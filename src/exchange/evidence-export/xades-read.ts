import type { X509Certificate } from "node:crypto";
import type { XmlElement } from "libxml2-wasm";
import { canonicalizationOf, checkSignatureValue, hasher } from "./algorithms.ts";
import { readCertificate } from "./certificates.ts";
import { must } from "./findings.ts";
import {
  attribute,
  base64Of,
  canonical,
  childrenNamed,
  elements,
  isNamed,
  namespaces,
  onlyChild,
  optionalChild,
  withXml,
} from "./xml.ts";

const { ds, xades, asic } = namespaces;
const signedProperties = "http://uri.etsi.org/01903#SignedProperties";
const mostReferences = 1000;

/** A file of the container that the signature covers. */
export interface FileReference {
  /** Without a leading slash. */
  readonly name: string;
  readonly digestUri: string;
  readonly digest: Buffer;
}

/** A XAdES signature whose value and signed properties hold; what it covers and whom to believe is for the caller. */
export interface ReadSignature {
  readonly files: readonly FileReference[];
  readonly certificate: X509Certificate;
  /** The signer's own word. */
  readonly signingTime: Date;
  readonly value: Buffer;
  readonly revocationAnswers: readonly Buffer[];
  /** Embedded time stamps, each with what XAdES has it stamp (X-Road stamps `value` instead). */
  readonly timeStamps: readonly { readonly token: Buffer; readonly stamped: Buffer }[];
}

/**
 * Reads `META-INF/signatures.xml` by place, never by id: exactly one signature, its parts where XAdES has them, so that nothing
 * else can be put in the way of what was signed. Checks algorithms, the digest of the signed properties, that they
 * name the certificate, and the signature value.
 * @throws `signature-…`, `algorithm-refused`, `digest-mismatch`, `certificate-mismatch`
 * @see XMLDSig 1.1; EN 319 132-1 section 5
 */
export function readSignature(bytes: Uint8Array): ReadSignature {
  return withXml(bytes, "signatures.xml", (root) => {
    const signature = signatureIn(root);
    const parts = elements(signature);
    const shape = parts.map(({ namespaceUri, name }) => (namespaceUri === ds ? name : "?")).join(" ");
    must(shape === "SignedInfo SignatureValue KeyInfo Object", "signature-malformed", `a signature of ${shape}`);
    const [info, value, keyInfo, object] = parts as [XmlElement, XmlElement, XmlElement, XmlElement];
    const certificate = certificateIn(keyInfo);
    const qualifying = onlyChild(object, xades, "QualifyingProperties");
    must(elements(object).length === 1, "signature-malformed", "a second part in Object");
    const target = attribute(qualifying, "Target");
    must(target === `#${attribute(signature, "Id")}`, "signature-malformed", `properties of ${target}`);
    const signed = onlyChild(qualifying, xades, "SignedProperties");
    const files = checkReferences(info, signed);
    const about = onlyChild(signed, xades, "SignedSignatureProperties");
    checkNamedCertificate(about, certificate);
    const signatureValue = base64Of(value);
    checkValue(info, certificate, signatureValue);
    return { files, certificate, signingTime: timeIn(about), value: signatureValue, ...unsignedIn(qualifying, value) };
  });
}

/** `asic:XAdESSignatures` around the signature, or, as some X-Road 7 write it, the signature alone. */
function signatureIn(root: XmlElement): XmlElement {
  if (isNamed(root, ds, "Signature")) return root;
  must(isNamed(root, asic, "XAdESSignatures"), "signature-malformed", `a root of ${root.name}`);
  must(elements(root).length === 1, "signature-malformed", "more than one signature");
  return onlyChild(root, ds, "Signature");
}

function certificateIn(keyInfo: XmlElement): X509Certificate {
  const [first] = childrenNamed(onlyChild(keyInfo, ds, "X509Data"), ds, "X509Certificate");
  must(first, "signature-malformed", "no certificate");
  return readCertificate(base64Of(first), "signature-malformed");
}

/** Each reference is the signed properties, once, or a file of the container as it is. */
function checkReferences(info: XmlElement, signed: XmlElement): FileReference[] {
  const references = childrenNamed(info, ds, "Reference");
  must(references.length <= mostReferences, "signature-malformed", "too many references");
  const files: FileReference[] = [];
  let properties = 0;
  for (const reference of references) {
    const uri = attribute(reference, "URI") ?? "";
    const digestUri = attribute(onlyChild(reference, ds, "DigestMethod"), "Algorithm") ?? "";
    const digest = base64Of(onlyChild(reference, ds, "DigestValue"));
    const transforms = optionalChild(reference, ds, "Transforms");
    if (attribute(reference, "Type") === signedProperties) {
      must(uri === `#${attribute(signed, "Id")}`, "signature-malformed", `signed properties at ${uri}`);
      const form = transformed(signed, transforms);
      must(hasher(digestUri).update(form).digest().equals(digest), "digest-mismatch", "signed properties");
      properties += 1;
      continue;
    }
    must(!transforms, "signature-malformed", `a transform of ${uri}`);
    const name = uri.replace(/^\//, "");
    must(name !== "" && !/[#?%]|:\/\//.test(uri), "signature-malformed", `a reference to ${uri}`);
    must(!files.some((one) => one.name === name), "signature-malformed", `two references to ${uri}`);
    hasher(digestUri);
    files.push({ name, digestUri, digest });
  }
  must(properties === 1, "signature-malformed", "the properties are not signed exactly once");
  return files;
}

/** At most one transform, and that a canonicalization: others could take away what was signed. */
function transformed(signed: XmlElement, transforms: XmlElement | undefined): Buffer {
  const steps = transforms ? elements(transforms) : [];
  must(steps.length <= 1, "signature-malformed", "several transforms");
  const [step] = steps;
  return canonical(signed, canonicalizationOf(step && attribute(step, "Algorithm")), step && prefixesOf(step));
}

function prefixesOf(method: XmlElement): string[] {
  const [list, ...more] = elements(method);
  must(more.length === 0, "signature-malformed", "several parameters of a canonicalization");
  if (!list) return [];
  must(
    isNamed(list, "http://www.w3.org/2001/10/xml-exc-c14n#", "InclusiveNamespaces"),
    "signature-malformed",
    list.name,
  );
  return (attribute(list, "PrefixList") ?? "").split(/\s+/).filter((prefix) => prefix !== "");
}

/** The signature must name its certificate, or another one for the same key could be put in its place. */
function checkNamedCertificate(about: XmlElement, certificate: X509Certificate): void {
  const second = optionalChild(about, xades, "SigningCertificateV2");
  const named = second ?? onlyChild(about, xades, "SigningCertificate");
  const [first] = childrenNamed(named, xades, "Cert");
  must(first, "signature-malformed", "no certificate is named");
  const digest = onlyChild(first, xades, "CertDigest");
  const method = attribute(onlyChild(digest, ds, "DigestMethod"), "Algorithm");
  const same = hasher(method)
    .update(certificate.raw)
    .digest()
    .equals(base64Of(onlyChild(digest, ds, "DigestValue")));
  must(same, "certificate-mismatch", "CertDigest");
}

function checkValue(info: XmlElement, certificate: X509Certificate, value: Buffer): void {
  const method = onlyChild(info, ds, "CanonicalizationMethod");
  const form = canonical(info, canonicalizationOf(attribute(method, "Algorithm") ?? "none"), prefixesOf(method));
  const uri = attribute(onlyChild(info, ds, "SignatureMethod"), "Algorithm");
  checkSignatureValue(uri, certificate.publicKey, form, value);
}

function timeIn(about: XmlElement): Date {
  const text = onlyChild(about, xades, "SigningTime").content.trim();
  const time = new Date(text);
  const plain = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/.test(text) && !Number.isNaN(time.getTime());
  must(plain, "signature-malformed", "SigningTime");
  return time;
}

function unsignedIn(
  qualifying: XmlElement,
  value: XmlElement,
): Pick<ReadSignature, "revocationAnswers" | "timeStamps"> {
  const unsigned = optionalChild(qualifying, xades, "UnsignedProperties");
  const about = unsigned && optionalChild(unsigned, xades, "UnsignedSignatureProperties");
  if (!about) return { revocationAnswers: [], timeStamps: [] };
  const answers = childrenNamed(about, xades, "RevocationValues")
    .flatMap((one) => childrenNamed(one, xades, "OCSPValues"))
    .flatMap((one) => childrenNamed(one, xades, "EncapsulatedOCSPValue"));
  const stamps = childrenNamed(about, xades, "SignatureTimeStamp");
  must(answers.length <= 10 && stamps.length <= 10, "signature-malformed", "too many answers or stamps");
  return {
    revocationAnswers: answers.map((one) => base64Of(one)),
    timeStamps: stamps.map((stamp) => {
      const method = optionalChild(stamp, ds, "CanonicalizationMethod");
      const kind = canonicalizationOf(method && attribute(method, "Algorithm"));
      const token = base64Of(onlyChild(stamp, xades, "EncapsulatedTimeStamp"));
      return { token, stamped: canonical(value, kind, method && prefixesOf(method)) };
    }),
  };
}
