/**
 * The provider with personas, for developers of relying parties: `taroko personas`. The real portal, provider and card
 * authority, with invented people, simulated registers, and faults that can be switched on for each relying party. The guide:
 * docs/guides/personas.md. It listens on this machine only and refuses to start where people are real.
 */
export { faults, faultNames, type FaultName } from "./faults.ts";
export { allPersonas, clientCount, type CardState, type Persona } from "./people.ts";
export { personasUp, type PersonasUpOptions } from "./personas-up.ts";
export { personaDatabases, runPersonas, type RunningPersonas } from "./run-personas.ts";
