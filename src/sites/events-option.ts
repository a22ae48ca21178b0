import type { EventsOptions, GovStackSettings } from "#exchange";
import { z } from "zod";

/** Events and GovStack's interfaces in a gateway's site file. */
export interface EventsOption {
  /** Own subsystems that are rooms for events, and how they are kept. */
  readonly events?: EventsOptions | undefined;
  /** GovStack's information mediator on a port of its own. */
  readonly govstack?: GovStackOption | undefined;
}

/** Settings of the adapter that are left out are the standard ones. */
type ChosenSettings = { readonly [Name in keyof GovStackSettings]?: GovStackSettings[Name] | undefined };

export interface GovStackOption extends ChosenSettings {
  readonly host: string;
  readonly port: number;
  /** Host names under which it is called. */
  readonly names: readonly string[];
  readonly domain?: string | undefined;
  /** Who presents it reads the configuration API; `env:NAME` for an environment variable. */
  readonly token?: string | undefined;
  /** Publish each register in the shapes of the Digital Registries API besides, as the service `<code>-dr`. */
  readonly registries: boolean;
}

const days = z.number().int().min(1).max(36_500).optional();

/** Members of the gateway's site file. */
export const eventsShape: {
  readonly events: z.ZodType<EventsOption["events"]>;
  readonly govstack: z.ZodType<EventsOption["govstack"]>;
} = {
  events: z
    .strictObject({
      rooms: z.array(z.string().min(1)),
      store: z
        .union([z.literal("postgres"), z.strictObject({ nats: z.string().regex(/^(nats|tls):\/\//) })])
        .default("postgres"),
      retentionDays: days,
      deadLetterDays: days,
    })
    .optional(),
  govstack: z
    .strictObject({
      host: z.string().default("127.0.0.1"),
      port: z.number().int().min(1).max(65_535),
      names: z.array(z.string().regex(/^[a-z0-9.-]+$/)).default([]),
      domain: z.string().optional(),
      token: z
        .string()
        .transform((text) => (text.startsWith("env:") ? (process.env[text.slice(4)] ?? "") : text))
        .refine(
          (text) => text.length >= 16,
          "expected at least 16 characters, or env:NAME of a variable that holds them",
        )
        .optional(),
      registries: z.boolean().default(false),
      pathPrefix: z.enum(["r1", "none", "either"]).optional(),
      clientHeaders: z.array(z.string().regex(/^[a-z0-9-]+$/)).optional(),
      instanceName: z
        .string()
        .regex(/^[A-Za-z]+$/)
        .optional(),
      objectType: z.enum(["text", "object", "none"]).optional(),
    })
    .optional(),
};
