/** The languages every screen speaks. Tags are BCP 47. */
export type Language = "zh-Hant" | "en";

/** A text in every language; both are always there. */
export type Localised = Readonly<Record<Language, string>>;
