const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const substitute = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitute, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
};

/**
 * The candidate that was probably meant (Levenshtein distance of at most a third of the word's
 * length, at least 1), or null.
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
