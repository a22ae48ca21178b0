/**
 * What GovStack's own texts leave open, as settings of the adapter (their API file, prose and examples disagree). The
 * standard ones are those of the API file; on input every spelling of a path is understood whatever is set.
 */
export interface GovStackSettings {
  /** Whether calls begin with `/r1`, do not, or may do either. */
  readonly pathPrefix: "r1" | "none" | "either";
  /** Header names, lower case, in which a client may say who it is; the first that is there counts. */
  readonly clientHeaders: readonly string[];
  /** What the instance is called, in a query and in answers. */
  readonly instanceName: string;
  /** How `objectType` is written: as text, as an object holding it (as one annex has it), or not at all. */
  readonly objectType: "text" | "object" | "none";
}

export const govStackSettings: GovStackSettings = {
  pathPrefix: "either",
  clientHeaders: ["x-govstack-client", "information-mediator-client", "x-road-client"],
  instanceName: "instanceId",
  objectType: "text",
};
