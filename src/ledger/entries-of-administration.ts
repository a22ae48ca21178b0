import {
  code,
  digest,
  identifier,
  instant,
  version,
  type Digest,
  type EntryBase,
  type Instant,
  type KindsOf,
} from "./entry-fields.ts";

/** The authority registered a member, changed its names or subsystems, or let it leave. */
export interface MemberRegistered extends EntryBase<"member.registered"> {
  readonly member: string;
  readonly change: "registered" | "changed" | "left";
  /** SHA-256 of the canonical registration as the configuration shows it. */
  readonly dig: Digest;
}

/** The authority made an invitation with which one gateway of a member may enrol. */
export interface InvitationMade extends EntryBase<"invitation.made"> {
  readonly member: string;
  /** SHA-256 of the invitation, which is random and too long to be guessed. */
  readonly inv: Digest;
}

/** The authority took a gateway into the configuration, or changed what it says of it. */
export interface GatewayEnrolled extends EntryBase<"gateway.enrolled"> {
  readonly member: string;
  readonly gateway: string;
  readonly change: "enrolled" | "changed" | "retired";
  /** The invitation it came with; none when its own key vouched for it. */
  readonly inv?: Digest;
  /** The signing key it answers with from now on. */
  readonly key: Digest;
  /** SHA-256 of the canonical registration: address, clients, keys, logs. */
  readonly dig: Digest;
}

/** The authority issued a gateway's TLS certificate, the first one or a renewal. */
export interface CertificateIssued extends EntryBase<"certificate.issued"> {
  readonly member: string;
  readonly gateway: string;
  /** SHA-256 of the certificate (DER), as the configuration lists it. */
  readonly dig: Digest;
  readonly until: Instant;
}

/** A registrar decided a member's request, or the authority's published rule did. */
export interface RequestDecided extends EntryBase<"request.decided"> {
  readonly member: string;
  readonly kind: string;
  readonly decision: "approved" | "rejected";
  /** SHA-256 of the signed request as it arrived. */
  readonly dig: Digest;
}

/** From now on other keys speak for the authority. */
export interface RootChanged extends EntryBase<"root.changed"> {
  /** Version of the root, decimal. */
  readonly ver: string;
  /** SHA-256 of the root's canonical body. */
  readonly dig: Digest;
}

/** A gateway was shown two different configurations of one version: somebody tells two stories. */
export interface ConfigurationConflict extends EntryBase<"configuration.conflict"> {
  readonly member: string;
  readonly ver: string;
  /** SHA-256 of the configuration that was accepted first and stays in use. */
  readonly dig: Digest;
  /** SHA-256 of the other one. */
  readonly other: Digest;
}

/** The authority declared a key lost: nothing signed by it is accepted any more. */
export interface KeyRevoked extends EntryBase<"key.revoked"> {
  readonly key: Digest;
}

/** The authority signed a configuration whose content differs from the one before. */
export interface ConfigurationIssued extends EntryBase<"configuration.issued"> {
  /** Version number, decimal. Versions that only renew the times are not entered. */
  readonly ver: string;
  /** SHA-256 of the content: everything signed but version and times. Equal to the `cnt` of `configuration.accepted`. */
  readonly dig: Digest;
}

/** Who witnesses a log, and how many of them must sign, from now on. */
export interface LedgerPolicy extends EntryBase<"ledger.policy"> {
  /** The log's origin. */
  readonly log: string;
  /** How many witnesses must sign, decimal. */
  readonly quorum: string;
  /** SHA-256 of the policy file (C2SP tlog-policy). */
  readonly dig: Digest;
}

/** A public document was taken into use: from now on people are served by this text. */
export interface DocumentPublished extends EntryBase<"document.published"> {
  readonly member: string;
  readonly what: "service-definition" | "decision-model" | "data-service" | "policy-set" | "relying-party";
  readonly name: string;
  readonly ver?: string;
  /** SHA-256 of the published bytes. They are public, so this is no commitment. */
  readonly dig: Digest;
}

/** A version of a decision model was put into force from a day on, or taken back before it. */
export interface RuleChanged extends EntryBase<"rule.changed"> {
  readonly member: string;
  /** The model, and its version. */
  readonly name: string;
  readonly ver: string;
  readonly change: "activated" | "withdrawn";
  /** First day in force, ISO 8601 date. */
  readonly day: string;
  /** SHA-256 of the model's published text. It is public, so this is no commitment. */
  readonly dig: Digest;
}

/** Somebody was given an office, other roles in it, or lost it. */
export interface OfficerChanged extends EntryBase<"officer.changed"> {
  readonly member: string;
  readonly agency: string;
  readonly change: "appointed" | "changed" | "dismissed";
  /** Commitment to the record: person, roles, until when. */
  readonly rec: Digest;
}

/**
 * A power to act for somebody: taken up or laid down in a session, as a register or a given mandate confirmed it; or what
 * became of a mandate that one person gave another.
 */
export interface MandateChanged extends EntryBase<"mandate.changed"> {
  readonly member: string;
  readonly change:
    | "taken-up"
    | "laid-down"
    | "given"
    | "accepted"
    | "declined"
    | "suspended"
    | "resumed"
    | "confirmed"
    | "revoked"
    | "resigned";
  readonly kind: string;
  /** Commitments to the principal and to the representative. */
  readonly prn: Digest;
  readonly rep: Digest;
  /** Commitment to the record: both, the source, scopes, until when. */
  readonly rec: Digest;
}

/** A credential that stands in for a person's card was bound, taken away, or suspended because it may have been copied. */
export interface CredentialChanged extends EntryBase<"credential.changed"> {
  readonly member: string;
  readonly change: "bound" | "removed" | "suspended";
  readonly kind: string;
  /** Commitment to the person. */
  readonly prn: Digest;
  /** Commitment to the record: person, credential, and the card by which it was bound. */
  readonly rec: Digest;
}

export type AdministrativeEntry =
  | MemberRegistered
  | InvitationMade
  | GatewayEnrolled
  | CertificateIssued
  | RequestDecided
  | RootChanged
  | ConfigurationConflict
  | KeyRevoked
  | ConfigurationIssued
  | LedgerPolicy
  | DocumentPublished
  | RuleChanged
  | OfficerChanged
  | MandateChanged
  | CredentialChanged;

/** Acts that decide whom to trust, and the public texts by which people are served. */
export const administrativeKinds: KindsOf<AdministrativeEntry> = {
  "member.registered": {
    title: { "zh-Hant": "登記或變更參加機關", en: "A member was registered or changed" },
    fields: {
      at: instant,
      member: identifier,
      change: { type: "choice", of: ["registered", "changed", "left"] },
      dig: digest,
    },
  },
  "invitation.made": {
    title: { "zh-Hant": "邀請機關的閘道加入", en: "A member's gateway was invited" },
    fields: { at: instant, member: identifier, inv: digest },
  },
  "gateway.enrolled": {
    title: { "zh-Hant": "閘道加入或變更登記", en: "A gateway was enrolled or its entry changed" },
    fields: {
      at: instant,
      member: identifier,
      gateway: identifier,
      change: { type: "choice", of: ["enrolled", "changed", "retired"] },
      inv: { type: "digest", optional: true },
      key: digest,
      dig: digest,
    },
  },
  "certificate.issued": {
    title: { "zh-Hant": "核發閘道憑證", en: "A gateway's certificate was issued" },
    fields: { at: instant, member: identifier, gateway: identifier, dig: digest, until: instant },
  },
  "request.decided": {
    title: { "zh-Hant": "核准或駁回機關的申請", en: "A member's request was approved or rejected" },
    fields: {
      at: instant,
      member: identifier,
      kind: code,
      decision: { type: "choice", of: ["approved", "rejected"] },
      dig: digest,
    },
  },
  "root.changed": {
    title: { "zh-Hant": "主管機關更換金鑰", en: "The authority changed its keys" },
    fields: { at: instant, ver: version, dig: digest },
  },
  "configuration.conflict": {
    title: { "zh-Hant": "同一版本出現兩份不同的共同設定", en: "Two different configurations of one version were seen" },
    fields: { at: instant, member: identifier, ver: version, dig: digest, other: digest },
  },
  "key.revoked": {
    title: { "zh-Hant": "廢止金鑰", en: "A key was revoked" },
    fields: { at: instant, key: digest },
  },
  "configuration.issued": {
    title: { "zh-Hant": "簽發新的共同設定", en: "A new common configuration was signed" },
    fields: { at: instant, ver: version, dig: digest },
  },
  "ledger.policy": {
    title: { "zh-Hant": "紀錄的見證規則變更", en: "The witnesses of a log were changed" },
    fields: { at: instant, log: identifier, quorum: { type: "code", max: 4 }, dig: digest },
  },
  "document.published": {
    title: { "zh-Hant": "公開文件開始適用", en: "A public document was taken into use" },
    fields: {
      at: instant,
      member: identifier,
      what: {
        type: "choice",
        of: ["service-definition", "decision-model", "data-service", "policy-set", "relying-party"],
      },
      name: identifier,
      ver: { type: "code", max: 20, optional: true },
      dig: digest,
    },
  },
  "rule.changed": {
    title: {
      "zh-Hant": "決策規則的新版本啟用或收回",
      en: "A version of a decision model was put into force or taken back",
    },
    fields: {
      at: instant,
      member: identifier,
      name: identifier,
      ver: { type: "code", max: 20 },
      change: { type: "choice", of: ["activated", "withdrawn"] },
      day: { type: "code", max: 10 },
      dig: digest,
    },
  },
  "officer.changed": {
    title: { "zh-Hant": "承辦人的職務變更", en: "An officer's role was given or taken" },
    fields: {
      at: instant,
      member: identifier,
      agency: code,
      change: { type: "choice", of: ["appointed", "changed", "dismissed"] },
      rec: digest,
    },
  },
  "mandate.changed": {
    title: { "zh-Hant": "代理權限變動", en: "A power to act for somebody changed" },
    fields: {
      at: instant,
      member: identifier,
      change: {
        type: "choice",
        of: [
          "taken-up",
          "laid-down",
          "given",
          "accepted",
          "declined",
          "suspended",
          "resumed",
          "confirmed",
          "revoked",
          "resigned",
        ],
      },
      kind: code,
      prn: digest,
      rep: digest,
      rec: digest,
    },
  },
  "credential.changed": {
    title: { "zh-Hant": "登入憑據變動", en: "A credential of a person changed" },
    fields: {
      at: instant,
      member: identifier,
      change: { type: "choice", of: ["bound", "removed", "suspended"] },
      kind: code,
      prn: digest,
      rec: digest,
    },
  },
};
