import { isUuid, type Localised } from "#kernel";
import { z } from "zod";
import { publicJwk, signJws, type PublicJwk, type StatementKey } from "../authority/statement.ts";

const localised: z.ZodType<Localised> = z.object({
  "zh-Hant": z.string().trim().min(1).max(200),
  en: z.string().trim().min(1).max(200),
});
const code = z.string().min(1).max(100);
const path = z.string().min(1).max(300);
const text = z.string().max(1000);
const subsystem = z.object({ code, name: localised });

/** What may be asked of the authority, by its kind. */
export type RequestContent =
  /** An agency that has no invitation asks to take part; its key may enrol one gateway once this is approved. */
  | {
      readonly kind: "member.join";
      readonly name: Localised;
      readonly subsystems: readonly { readonly code: string; readonly name: Localised }[];
      /** Whom the registrar may ask back: an office, not a person's private address. */
      readonly contact?: string | undefined;
    }
  | { readonly kind: "member.rename"; readonly name: Localised }
  | { readonly kind: "member.leave" }
  | { readonly kind: "subsystem.add"; readonly code: string; readonly name: Localised }
  | { readonly kind: "subsystem.rename"; readonly code: string; readonly name: Localised }
  | { readonly kind: "subsystem.remove"; readonly code: string }
  /** A further gateway of the member, known by the thumbprint of its signing key. */
  | { readonly kind: "gateway.add"; readonly serverCode: string; readonly keyid: string }
  | { readonly kind: "gateway.retire"; readonly serverCode: string }
  | {
      readonly kind: "service.announce";
      readonly subsystem: string;
      readonly service: string;
      readonly title: Localised;
    }
  /** A right at another member's service: the authority carries it there, and that member decides. */
  | {
      readonly kind: "right.ask";
      /** Path form of the provider's subsystem. */
      readonly provider: string;
      readonly service: string;
      /** Path form of the subsystem that would call. */
      readonly client: string;
      readonly method?: string | undefined;
      readonly pathGlob?: string | undefined;
      readonly purposes?: readonly string[] | undefined;
      readonly legalBases?: readonly string[] | undefined;
      readonly fields?: readonly string[] | undefined;
      readonly why?: string | undefined;
    };

export type RequestKind = RequestContent["kind"];

/** All kinds, in the order of a member's life. */
export const requestKinds: readonly [RequestKind, ...RequestKind[]] = [
  "member.join",
  "member.rename",
  "member.leave",
  "subsystem.add",
  "subsystem.rename",
  "subsystem.remove",
  "gateway.add",
  "gateway.retire",
  "service.announce",
  "right.ask",
];

/** What a gateway asks the authority, signed (compact JWS) with its member's signing key. */
export interface MembershipRequest {
  readonly instance: string;
  /** UUID made by the sender: sent twice, it is one request. */
  readonly id: string;
  readonly issuedAt: string;
  /** `TW/GOV/code/serverCode`. */
  readonly gateway: string;
  readonly signingKey: PublicJwk;
  readonly content: RequestContent;
}

const content: z.ZodType<RequestContent> = z.discriminatedUnion("kind", [
  z.strictObject({
    kind: z.literal("member.join"),
    name: localised,
    subsystems: z.array(subsystem).max(50),
    contact: z.string().max(200).optional(),
  }),
  z.strictObject({ kind: z.literal("member.rename"), name: localised }),
  z.strictObject({ kind: z.literal("member.leave") }),
  z.strictObject({ kind: z.literal("subsystem.add"), code, name: localised }),
  z.strictObject({ kind: z.literal("subsystem.rename"), code, name: localised }),
  z.strictObject({ kind: z.literal("subsystem.remove"), code }),
  z.strictObject({ kind: z.literal("gateway.add"), serverCode: code, keyid: z.string().length(43) }),
  z.strictObject({ kind: z.literal("gateway.retire"), serverCode: code }),
  z.strictObject({ kind: z.literal("service.announce"), subsystem: code, service: code, title: localised }),
  z.strictObject({
    kind: z.literal("right.ask"),
    provider: path,
    service: code,
    client: path,
    method: z.string().max(20).optional(),
    pathGlob: path.optional(),
    purposes: z.array(code).max(20).optional(),
    legalBases: z.array(code).max(20).optional(),
    fields: z.array(z.string().max(100)).max(200).optional(),
    why: text.optional(),
  }),
]);

const signer = {
  instance: z.string(),
  issuedAt: z.iso.datetime(),
  gateway: path,
  signingKey: publicJwk,
} as const;

/** Media types of the two texts, as `typ` of the JWS. */
export const requestType = "taroko-membership-request+json";
export const questionType = "taroko-membership-question+json";

export const requestSchema: z.ZodType<MembershipRequest> = z.object({
  ...signer,
  id: z.string().refine(isUuid),
  content,
});

/** How a request stands, asked by who sent it; with it a provider says what became of rights that were asked of it. */
export interface MembershipQuestion {
  readonly instance: string;
  readonly issuedAt: string;
  readonly gateway: string;
  readonly signingKey: PublicJwk;
  readonly taken: readonly string[];
  readonly answered: readonly {
    readonly id: string;
    readonly decision: "approved" | "rejected";
    readonly reason?: string | undefined;
  }[];
}

export const questionSchema: z.ZodType<MembershipQuestion> = z.object({
  ...signer,
  taken: z.array(z.string().refine(isUuid)).max(200),
  answered: z
    .array(
      z.object({
        id: z.string().refine(isUuid),
        decision: z.enum(["approved", "rejected"]),
        reason: z.string().max(500).optional(),
      }),
    )
    .max(200),
});

export function signRequest(request: MembershipRequest, key: StatementKey): Promise<string> {
  return signJws(requestType, request, key);
}

export function signQuestion(question: MembershipQuestion, key: StatementKey): Promise<string> {
  return signJws(questionType, question, key);
}
