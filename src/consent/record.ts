import { createHash } from "node:crypto";
import { canonicalJson, type JsonValue, type Localised } from "#kernel";

/** What a person is asked to agree to: generated from a service, fixed by its hash at the moment it is shown. */
export interface Agreement {
  /** The service it serves. */
  readonly id: string;
  readonly version: string;
  readonly title: Localised;
  readonly controller: { readonly id: string; readonly name: Localised };
  readonly purpose: { readonly code: string; readonly text: Localised };
  readonly legalBasis: { readonly code: string; readonly law: Localised };
  readonly needs: readonly {
    readonly id: string;
    readonly title: Localised;
    readonly source: { readonly id: string; readonly name: Localised; readonly service: string };
    readonly fields: readonly { readonly path: string; readonly title: Localised }[];
    readonly purpose: Localised;
  }[];
  readonly retention: Localised;
  /** How long the consent allows fetching, ISO 8601 duration. */
  readonly fetchWithin: "PT1H";
}

/** SHA-256 of an agreement's canonical JSON, hexadecimal. */
export function agreementHash(agreement: Agreement): string {
  return createHash("sha256")
    .update(canonicalJson(agreement as unknown as JsonValue))
    .digest("hex");
}

/**
 * A consent record after ISO/IEC TS 27560:2023 in DPV 2.3 JSON-LD (W3C guide "Consent Records and Receipts", section 6).
 * It names people by this platform's random ids only: no national number, no name.
 */
export function consentRecord(input: {
  id: string;
  agreement: Agreement;
  person: string;
  givenBy: string;
  state: "given" | "withdrawn";
  at: Date;
  method: string;
  portal: string;
  replaces?: string;
}): JsonValue {
  const { agreement } = input;
  const subject = `urn:uuid:${input.person}`;
  const status = input.state === "given" ? "dpv:ConsentGiven" : "dpv:ConsentWithdrawn";
  return {
    "@context": {
      dpv: "https://w3id.org/dpv#",
      loc: "https://w3id.org/dpv/loc#",
      "legal-tw": "https://w3id.org/dpv/legal/tw#",
      dct: "http://purl.org/dc/terms/",
      rdf: "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    },
    "@id": `${input.portal}/my-data/agreements/${input.id}`,
    "@type": "dpv:ConsentRecord",
    "dct:identifier": input.id,
    "dct:conformsTo": "https://w3id.org/dpv/schema/dpv-27560#record",
    ...(input.replaces ? { "dct:replaces": input.replaces } : {}),
    "dpv:hasDataSubject": { "@id": subject, "@type": "dpv:DataSubject" },
    "dpv:hasJurisdiction": { "@id": "loc:TW" },
    "dpv:hasApplicableLaw": { "@id": "legal-tw:law-PDPA" },
    "dpv:hasNotice": {
      "@id": `${input.portal}/services/${agreement.id}`,
      "@type": "dpv:ConsentNotice",
      "dct:identifier": `${agreement.id}@${agreement.version}`,
      "dct:hasVersion": agreementHash(agreement),
    },
    "dpv:hasProcess": agreement.needs.map((need) => ({
      "@type": "dpv:Process",
      "dpv:hasService": { "@type": "dpv:Service", "dct:title": agreement.title["zh-Hant"] },
      "dpv:hasPurpose": {
        "@type": "dpv:Purpose",
        "dct:identifier": agreement.purpose.code,
        "dct:description": need.purpose["zh-Hant"],
      },
      "dpv:hasLegalBasis": { "@id": "dpv:ExpressedConsent", "dct:source": agreement.legalBasis.code },
      "dpv:hasPersonalData": need.fields.map((field) => ({
        "@type": "dpv:PersonalData",
        "dct:identifier": field.path,
        "dct:title": field.title["zh-Hant"],
      })),
      "dpv:hasDataSource": [{ "@type": "dpv:ThirdPartyDataSource", "@id": `urn:taroko:member:${need.source.id}` }],
      "dpv:hasDataController": { "@id": `urn:taroko:member:${agreement.controller.id}` },
      "dpv:hasRecipient": [{ "@id": `urn:taroko:member:${agreement.controller.id}` }],
      "dpv:hasStorageCondition": [
        { "@type": "dpv:StorageLocation", "dpv:hasLocation": { "@id": "loc:TW" } },
        { "@type": "dpv:StorageDuration", "dct:description": agreement.retention["zh-Hant"] },
      ],
    })),
    "dpv:hasConsentControl": {
      "@type": "dpv:WithdrawConsent",
      "dpv:isExercisedAt": `${input.portal}/my-data/agreements/${input.id}`,
    },
    "dpv:hasConsentStatus": [
      {
        "@type": [status, "dpv:ExpressedConsent"],
        "dpv:isIndicatedAtTime": input.at.toISOString(),
        "dpv:isIndicatedBy": { "@id": `urn:uuid:${input.givenBy}` },
        "dpv:hasIndicationMethod": input.method,
        "dpv:hasDuration": { "@type": "dpv:TemporalDuration", "rdf:value": agreement.fetchWithin },
      },
    ],
  };
}
