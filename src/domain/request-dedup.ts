import type { Decided } from './event.js';
import type { Seq } from './ids.js';
import type { Outcome } from './request.js';

/** What is remembered of a request that was decided before. */
export interface Remembered {
  readonly bodyHash: string;
  readonly answer: Outcome;
  /** Its first event; null when it changed nothing. */
  readonly first: Seq | null;
}

export type Deduplicated =
  | { readonly is: 'new' }
  | {
      readonly is: 'repeated';
      readonly outcome: Outcome;
      /** Recorded, so that history knows of the repeat; it changes nothing. */
      readonly event: Decided;
    }
  | { readonly is: 'mismatch' };

/** Same key and same body: the first answer, without effects. Same key and another body: a mistake. */
export const deduplicate = (remembered: Remembered | undefined, bodyHash: string): Deduplicated => {
  if (!remembered) return { is: 'new' };
  if (remembered.bodyHash !== bodyHash) return { is: 'mismatch' };
  const { answer, first } = remembered;
  const event = {
    type: 'RequestRepeated',
    data: { first },
    causedBy: first,
    runKey: null,
  } as const;
  return { is: 'repeated', outcome: answer, event };
};
