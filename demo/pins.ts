/** Whose four digits are printed on the reader's page: the cards are invented, and so are their PINs. */
export const demoPins = { pin1: "1234", pin2: "567890" } as const;
