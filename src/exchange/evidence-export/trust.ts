import { X509Certificate } from "node:crypto";
import { fromBase64 } from "#kernel";
import type { XmlElement } from "libxml2-wasm";
import { formatPolicy } from "#ledger";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import type { CertificateProfile, TrustedAuthority } from "./certificates.ts";
import { certificatesIn } from "./shared-params-write.ts";
import { childrenNamed, elements, isNamed, withXml } from "./xml.ts";

/** Whom a verifier believes about signatures and their time. */
export interface Trust {
  readonly instance: string;
  readonly authorities: readonly TrustedAuthority[];
  /** PEM; roots of time-stamp authorities, or their own certificates. Empty: no time stamp can be checked. */
  readonly timeStampAuthorities: string;
  /** How old a revocation answer may be at the time of the signature. */
  readonly ocspFreshSeconds: number;
}

const xroad = "http://x-road.eu/xsd/xroad.xsd";
const profiles: Readonly<Record<string, CertificateProfile>> = {
  BasicCertificateProfileInfoProvider: "basic",
  FiVRKCertificateProfileInfoProvider: "finnish",
  EjbcaCertificateProfileInfoProvider: "ejbca",
};

/**
 * Reads the trust out of an X-Road `shared-params.xml`, as `/verificationconf` and a security server's own files have it.
 * The file is believed as it is: get it from a place you trust.
 * @throws with `code: "trust-unreadable"`
 */
export function trustFromSharedParams(bytes: Uint8Array): Trust {
  try {
    return withXml(bytes, "shared-params.xml", (root) => {
      if (!isNamed(root, xroad, "conf")) throw unreadable("its root is not conf");
      const authorities = named(root, "approvedCA")
        .filter((one) => text(one, "authenticationOnly") !== "true")
        .map(authorityFrom);
      const stamps = named(root, "approvedTSA").flatMap((one) => named(one, "cert").map(certificateFrom));
      const settings = named(root, "globalSettings")[0];
      return {
        instance: text(root, "instanceIdentifier") ?? "",
        authorities,
        timeStampAuthorities: stamps.map(String).join("\n"),
        ocspFreshSeconds: Number((settings && text(settings, "ocspFreshnessSeconds")) ?? 3600),
      };
    });
  } catch (cause) {
    if (cause instanceof Error && "code" in cause && cause.code === "trust-unreadable") throw cause;
    throw unreadable(cause instanceof Error ? cause.message : String(cause), cause);
  }
}

function unreadable(why: string, cause?: unknown): Error {
  return Object.assign(new Error(`shared-params.xml cannot be used: ${why}`, { cause }), { code: "trust-unreadable" });
}

function authorityFrom(element: XmlElement): TrustedAuthority {
  const [top, ...more] = named(element, "topCA");
  if (!top || more.length > 0) throw unreadable("an approvedCA has not one topCA");
  const provider = text(element, "certificateProfileInfo")?.split(".").at(-1) ?? "";
  const profile = profiles[provider];
  if (!profile) throw unreadable(`the certificate profile ${provider} is unknown`);
  const all = [top, ...named(element, "intermediateCA")];
  return {
    name: text(element, "name") ?? "",
    top: onlyCertificate(top),
    intermediates: all.slice(1).map(onlyCertificate),
    responders: all.flatMap((one) => named(one, "ocsp")).flatMap((one) => named(one, "cert").map(certificateFrom)),
    profile,
  };
}

function onlyCertificate(element: XmlElement): X509Certificate {
  const [one, ...more] = named(element, "cert");
  if (!one || more.length > 0) throw unreadable(`${element.name} has not one certificate`);
  return certificateFrom(one);
}

/** Base64 of DER, or (as some central servers write it) of PEM. */
function certificateFrom(element: XmlElement): X509Certificate {
  const bytes = fromBase64(element.content.replaceAll(/\s/g, ""));
  if (!bytes) throw unreadable("a certificate is not base64");
  return new X509Certificate(bytes);
}

/** Children in no namespace, as the schema has them, whatever the root's prefix. */
function named(of: XmlElement, name: string): XmlElement[] {
  const found = childrenNamed(of, "", name);
  return found.length > 0 ? found : elements(of).filter((one) => isNamed(one, xroad, name));
}

function text(of: XmlElement, name: string): string | undefined {
  return named(of, name)[0]?.content.trim();
}

/** The trust that a country's own configuration gives: whoever issues its gateways' certificates issues its seals. */
export function trustFromConfiguration(body: ConfigurationBody, timeStampAuthorities: string = ""): Trust {
  const authorities = certificatesIn(body.certificateAuthority).map((pem): TrustedAuthority => {
    const top = new X509Certificate(pem);
    return { name: top.subject.replaceAll("\n", ", "), top, intermediates: [], responders: [], profile: "basic" };
  });
  return { instance: body.instance, authorities, timeStampAuthorities, ocspFreshSeconds: 3600 };
}

/** A log policy as a configuration implies it: every registered log, and more than half of the country's witnesses. */
export function policyFromConfiguration(body: ConfigurationBody): string {
  const logs = new Set(body.gateways.flatMap((gateway) => gateway.logs.map(({ vkey }) => vkey)));
  const witnesses = body.witnesses.map(({ name, vkey }) => ({ name, vkey }));
  const quorum = witnesses.length === 0 ? 0 : Math.floor(witnesses.length / 2) + 1;
  return formatPolicy({ logs: [...logs], witnesses, quorum });
}
