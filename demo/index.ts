/**
 * The demonstration country: people, the contents of the agencies' registers, the simulators of what lies outside (card
 * reader, bank), all sites on one machine, and the main story played through their pages. Nothing here runs in production.
 */
export { demoPins } from "./pins.ts";
export { portsOf, runCountry, type CountryOptions, type RunningCountry } from "./run-country.ts";
export { personas, type DemoPerson } from "./people.ts";
export { up, type UpOptions } from "./up.ts";
export {
  allPersonas,
  faultNames,
  faults,
  personaDatabases,
  personasUp,
  runPersonas,
  type FaultName,
  type Persona,
  type PersonasUpOptions,
  type RunningPersonas,
} from "./personas/index.ts";
export { Browser, type Page } from "./browser.ts";
export { playOthers, playStory, signIn, StoryFault, type Progress, type StorySummary } from "./story.ts";
