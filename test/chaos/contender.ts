/** What happened in one round: everything went down and came up again, and the manager was killed meanwhile. */
export interface Round {
  readonly kills: number;
  readonly restores: number;
  /** Copies that lived though everything had been taken down. */
  readonly survivors: number;
  /** Programs with more than one living copy, at each moment that was looked at. */
  readonly duplicates: number;
  /** Programs without a living copy at the end. */
  readonly missing: number;
  /** From the last kill until the command that brings everything up had come back; null without a kill. */
  readonly backMs: number | null;
  /** Commands that gave up, because no daemon lived long enough to answer, and were asked once more. */
  readonly askedAgain: number;
  /** What a command printed that failed even so. */
  readonly failed: string | null;
}

/** A process manager that has to take it. */
export interface Contender {
  readonly name: string;
  readonly struck: readonly string[];
  /** Starts every program. */
  begin(): Promise<void>;
  round(): Promise<Round>;
  /** Ends everything; answers with what it says is wrong, or null. */
  end(): Promise<string | null>;
}

/** Many rounds together. */
export interface Tally {
  readonly name: string;
  readonly rounds: number;
  readonly kills: number;
  readonly restores: number;
  /** One copy of every program after every round. */
  readonly expected: number;
  readonly duplicates: number;
  readonly missing: number;
  readonly survivors: number;
  readonly askedAgain: number;
  readonly failures: readonly string[];
  readonly backMs: readonly number[];
}

const NOTHING = {
  rounds: 0,
  kills: 0,
  restores: 0,
  expected: 0,
  duplicates: 0,
  missing: 0,
  survivors: 0,
  askedAgain: 0,
  failures: [],
  backMs: [],
};

/** Rounds until so many kills have struck. */
export const torment = async (
  contender: Contender,
  { kills, programs }: { readonly kills: number; readonly programs: number },
  told: (tally: Tally) => void,
): Promise<Tally> => {
  let tally: Tally = { name: contender.name, ...NOTHING };
  while (tally.kills < kills) {
    const round = await contender.round();
    tally = {
      ...tally,
      rounds: tally.rounds + 1,
      kills: tally.kills + round.kills,
      restores: tally.restores + round.restores,
      expected: tally.expected + programs,
      duplicates: tally.duplicates + round.duplicates,
      missing: tally.missing + round.missing,
      survivors: tally.survivors + round.survivors,
      askedAgain: tally.askedAgain + round.askedAgain,
      failures: round.failed === null ? tally.failures : [...tally.failures, round.failed],
      backMs: round.backMs === null ? tally.backMs : [...tally.backMs, round.backMs],
    };
    told(tally);
  }
  return tally;
};

/** The value below which this share of the sorted samples lies; null without samples. */
export const quantile = (samples: readonly number[], share: number): number | null => {
  const sorted = samples.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? null;
};
