/** Edits from one word to the other: letters put in, left out, changed, or swapped with the next. */
const distance = (a: string, b: string): number => {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swap = swapped ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(substitute, swap, row[j]! + 1, next[j - 1]! + 1));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
};

/**
 * The candidate that was probably meant (edits of at most a third of the word's length, at least
 * one), or null.
 */
export const nearest = (word: string, candidates: readonly string[]): string | null => {
  const limit = Math.max(1, Math.floor(word.length / 3));
  let best: { text: string; distance: number } | null = null;
  for (const text of new Set(candidates)) {
    const d = distance(word.toLowerCase(), text.toLowerCase());
    if (d <= limit && (best === null || d < best.distance)) best = { text, distance: d };
  }
  return best?.text ?? null;
};
