/** The wall clock in epoch ms. Whoever decides or folds takes the time as a value instead. */
export const now = (): number => Date.now();
