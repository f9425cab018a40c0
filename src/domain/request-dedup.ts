import type { Outcome } from './input.js';

/** What is remembered of a request that was decided before. */
export interface Remembered {
  readonly bodyHash: string;
  readonly answer: Outcome;
}

export type Deduplicated =
  | { readonly is: 'new' }
  | { readonly is: 'repeated'; readonly outcome: Outcome }
  | { readonly is: 'mismatch' };

/** Same key and same body: the first answer, without effects. Same key and another body: a mistake. */
export const deduplicate = (remembered: Remembered | undefined, bodyHash: string): Deduplicated => {
  if (!remembered) return { is: 'new' };
  if (remembered.bodyHash !== bodyHash) return { is: 'mismatch' };
  return { is: 'repeated', outcome: remembered.answer };
};
