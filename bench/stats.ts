/** What a series of samples comes to. */
export interface Summary {
  readonly median: number;
  readonly low: number;
  readonly high: number;
  readonly count: number;
  readonly total: number;
}

const at = (sorted: readonly number[], share: number): number => {
  const place = (sorted.length - 1) * share;
  const [below, above] = [sorted[Math.floor(place)]!, sorted[Math.ceil(place)]!];
  return below + (above - below) * (place - Math.floor(place));
};

/** Median, extremes and sum. There must be a sample. */
export const summarize = (samples: readonly number[]): Summary => {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    median: at(sorted, 0.5),
    low: sorted[0]!,
    high: sorted.at(-1)!,
    count: sorted.length,
    total: sorted.reduce((sum, value) => sum + value, 0),
  };
};
