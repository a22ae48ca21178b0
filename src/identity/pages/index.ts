/** The pages of identity: sign-in and the choice of whom to act for. */
export { actForPage, type ActForView, type MandateView } from "./act-for.ts";
export { signInPage, type SignInView } from "./sign-in.ts";
