/** Addresses that the shell itself links to. Pages get every other address in their view. */
export const paths = {
  home: "/",
  search: "/search",
  services: "/services",
  applications: "/applications",
  usage: "/my-data/usage",
  agreements: "/my-data/agreements",
  record: "/record",
  about: "/about",
  accessibility: "/accessibility",
  signIn: "/sign-in",
  signOut: "/sign-out",
  actFor: "/act-for",
  mandates: "/mandates",
  account: "/account",
  desk: "/desk",
  deskRules: "/rules",
} as const;
