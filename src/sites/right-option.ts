import { readQuota, readTimeWindow, type PayloadCheck, type RightGrant } from "#exchange";
import { z } from "zod";

/** A right that a gateway's file gives at each start; one that is there already is left as it is. */
export interface RightOption {
  readonly subsystem: string;
  readonly serviceCode: string;
  /** A subsystem; or a group, of the agency or of the country, by its code. */
  readonly subject:
    | { readonly memberClass: string; readonly memberCode: string; readonly subsystemCode: string }
    | { readonly localGroup: string }
    | { readonly globalGroup: string };
  readonly method?: string | undefined;
  readonly pathGlob?: string | undefined;
  readonly purposes?: readonly string[] | undefined;
  readonly legalBases?: readonly string[] | undefined;
  readonly consent?: "none" | "required" | undefined;
  /** Legal bases that stand in for the consent. */
  readonly consentUnless?: readonly string[] | undefined;
  /** Names of top-level members, or JSON pointers below a row. */
  readonly fields?: readonly string[] | undefined;
  /** `1000/day`, with a burst `1000/day+50`. */
  readonly quota?: string | undefined;
  /** How many different people a day; needs a quota. */
  readonly people?: number | undefined;
  /** `mon-fri 08:00-18:00 Asia/Taipei`. */
  readonly timeWindow?: string | undefined;
  /** Gateways the call must come from, as paths. */
  readonly sourceGateways?: readonly string[] | undefined;
  readonly payloadCheck?: PayloadCheck | undefined;
  /** The responsible unit. */
  readonly owner?: string | undefined;
}

const text = z.string().min(1);

export const rightOption: z.ZodType<RightOption> = z
  .strictObject({
    subsystem: z.string(),
    serviceCode: z.string(),
    subject: z.union([
      z.strictObject({ memberClass: text, memberCode: text, subsystemCode: text }),
      z.strictObject({ localGroup: text }),
      z.strictObject({ globalGroup: text }),
    ]),
    method: z.string().optional(),
    pathGlob: z.string().optional(),
    purposes: z.array(z.string()).optional(),
    legalBases: z.array(z.string()).optional(),
    consent: z.enum(["none", "required"]).optional(),
    consentUnless: z.array(text).optional(),
    fields: z.array(z.string()).optional(),
    quota: z.string().optional(),
    people: z.number().int().min(1).optional(),
    timeWindow: z
      .string()
      .refine(
        (written) => readTimeWindow(written) !== "unreadable",
        "hours are for example mon-fri 08:00-18:00 Asia/Taipei",
      )
      .optional(),
    sourceGateways: z.array(text).optional(),
    payloadCheck: z.enum(["off", "report", "enforce"]).optional(),
    owner: z.string().optional(),
  })
  .refine(({ quota, people }) => readQuota(quota, people) !== "unreadable", {
    path: ["quota"],
    message: "a quota is a number of calls for each second, minute, day or month, for example 1000/day or 1000/day+50",
  });

/** A group of the agency that a gateway's file makes at its start; who else was put into it stays. */
export interface GroupOption {
  readonly code: string;
  readonly title: string;
  /** Subsystems or members, as paths. */
  readonly members: readonly string[];
}

export const groupOption: z.ZodType<GroupOption> = z.strictObject({
  code: text,
  title: text,
  members: z.array(text).default([]),
});

function subjectOf(subject: RightOption["subject"], instance: string): RightGrant["subject"] {
  if ("localGroup" in subject) return { kind: "local-group", id: subject.localGroup };
  if ("globalGroup" in subject) return { kind: "global-group", id: subject.globalGroup };
  return { instance, ...subject };
}

/** The right that a file's words mean. */
export function grantOf(option: RightOption, instance: string): RightGrant {
  const { quota: written, people, subject, timeWindow: hours, ...rest } = option;
  const quota = readQuota(written, people);
  const timeWindow = hours === undefined ? undefined : readTimeWindow(hours);
  // Without the members that were left out, as exact optional types want it.
  const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined)) as {
    [Key in keyof typeof rest]: Exclude<(typeof rest)[Key], undefined>;
  };
  return {
    ...given,
    subject: subjectOf(subject, instance),
    ...(timeWindow && timeWindow !== "unreadable" ? { timeWindow } : {}),
    ...(quota && quota !== "unreadable" ? { quota } : {}),
  };
}
