import type { Seq } from '../domain/ids.js';

export type Invariant =
  | 'one open run per process'
  | 'a spawn key is performed at most once'
  | 'every effect has its intent'
  | 'one request, one outcome'
  | 'causes come first'
  | 'ids are never reused';

export interface AuditProblem {
  readonly seqs: readonly Seq[];
  readonly invariant: Invariant;
  readonly message: string;
}

/** Something was done without a record of the wish before it. */
export const noIntent = (at: Seq, intent: string): AuditProblem => ({
  seqs: [at],
  invariant: 'every effect has its intent',
  message: `event ${at} has no ${intent} before it`,
});
