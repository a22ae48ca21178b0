import { X509Certificate } from "node:crypto";
import type { ConfigurationBody } from "../configuration/configuration.ts";
import type { ConfigurationSource } from "./source-certificates.ts";
import { escaped } from "./xml-text.ts";

/** A time-stamp authority as the file names it. */
export interface StampAuthority {
  readonly name: string;
  readonly url: string;
  /** PEM; roots or its own certificate. */
  readonly roots: string;
}

const profile = "ee.ria.xroad.common.certificateprofile.impl.BasicCertificateProfileInfoProvider";

/**
 * A configuration in the shape of X-Road's `shared-params.xml`, so that tools which know that shape can check seals of this
 * country's members. Elements stand in the order of X-Road's schema, which its tools check.
 * @see X-Road PR-GCONF, shared parameters
 */
export function sharedParamsXml(
  body: ConfigurationBody,
  stamps: readonly StampAuthority[] = [],
  source?: ConfigurationSource,
): string {
  const lines: string[] = [];
  const leaf = (name: string, text: string): string => `<${name}>${escaped(text)}</${name}>`;
  const members = new Map<string, string>(body.members.map((member, at) => [member.id, `m${at}`]));
  const subsystems = new Map<string, string>(
    body.members.flatMap((member) =>
      member.subsystems.map(({ code }, at) => [`${member.id}/${code}`, `${members.get(member.id)}s${at}`] as const),
    ),
  );
  const idOf = (path: string): string | undefined => subsystems.get(path) ?? members.get(path);
  lines.push(leaf("instanceIdentifier", body.instance));
  if (source) {
    const certificates = ["internalVerificationCert", "externalVerificationCert"].flatMap((name) =>
      source.certificates.map((one) => leaf(name, one)),
    );
    lines.push(`<source>${leaf("address", source.address)}${certificates.join("")}</source>`);
  }
  for (const [at, pem] of certificatesIn(body.certificateAuthority).entries()) {
    lines.push(
      `<approvedCA>${leaf("name", `${body.instance} authority ${at + 1}`)}<authenticationOnly>false</authenticationOnly>` +
        `<topCA>${leaf("cert", der(pem))}</topCA>${leaf("certificateProfileInfo", profile)}</approvedCA>`,
    );
  }
  for (const { name, url, roots } of stamps) {
    for (const pem of certificatesIn(roots)) {
      lines.push(`<approvedTSA>${leaf("name", name)}${leaf("url", url)}${leaf("cert", der(pem))}</approvedTSA>`);
    }
  }
  for (const member of body.members) {
    const [, memberClass = "", memberCode = ""] = member.id.split("/");
    const own = member.subsystems.map(
      ({ code, name }) =>
        `<subsystem id="${idOf(`${member.id}/${code}`)}">${leaf("subsystemCode", code)}${leaf("subsystemName", name.en)}</subsystem>`,
    );
    lines.push(
      `<member id="${idOf(member.id)}"><memberClass>${leaf("code", memberClass)}${leaf("description", memberClass)}</memberClass>` +
        `${leaf("memberCode", memberCode)}${leaf("name", member.name["zh-Hant"])}${own.join("")}</member>`,
    );
  }
  for (const gateway of body.gateways) {
    const hashes = gateway.tlsFingerprints.map((hex) =>
      leaf("authCertHash", Buffer.from(hex, "hex").toString("base64")),
    );
    const clients = gateway.clients.flatMap((path) => (subsystems.has(path) ? [leaf("client", idOf(path)!)] : []));
    lines.push(
      `<securityServer>${leaf("owner", idOf(gateway.member) ?? "")}${leaf("serverCode", gateway.id.split("/")[3] ?? "")}` +
        `${leaf("address", gateway.address)}${hashes.join("")}${clients.join("")}</securityServer>`,
    );
  }
  for (const group of body.groups ?? []) {
    const inside = group.members.map((path) => {
      const [instance = "", memberClass = "", memberCode = "", subsystem] = path.split("/");
      const parts = [
        ["xRoadInstance", instance],
        ["memberClass", memberClass],
        ["memberCode", memberCode],
        ...(subsystem === undefined ? [] : [["subsystemCode", subsystem]]),
      ] as const;
      const text = parts.map(([name, value]) => leaf(`id:${name}`, value)).join("");
      return `<groupMember id:objectType="${subsystem === undefined ? "MEMBER" : "SUBSYSTEM"}">${text}</groupMember>`;
    });
    lines.push(
      `<globalGroup>${leaf("groupCode", group.code)}${leaf("description", group.name.en)}${inside.join("")}</globalGroup>`,
    );
  }
  const classes = [...new Set(body.members.map(({ id }) => id.split("/")[1] ?? ""))].map(
    (code) => `<memberClass>${leaf("code", code)}${leaf("description", code)}</memberClass>`,
  );
  lines.push(`<globalSettings>${classes.join("")}<ocspFreshnessSeconds>3600</ocspFreshnessSeconds></globalSettings>`);
  return (
    `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n` +
    `<xr:conf xmlns:xr="http://x-road.eu/xsd/xroad.xsd" xmlns:id="http://x-road.eu/xsd/identifiers">\n` +
    `${lines.map((line) => `  ${line}\n`).join("")}</xr:conf>\n`
  );
}

/** The PEM blocks of a text. */
export function certificatesIn(pem: string): string[] {
  return pem.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? [];
}

function der(pem: string): string {
  return new X509Certificate(pem).raw.toString("base64");
}
