const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;
const BYTES = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4 } as const;

/** What `parseDuration` takes. */
export const DURATION = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)?$/;

/** Ms of `500`, `500ms`, `1.5s`, `2m`, `1h` or `1d`; null when it is none of these. */
export const parseDuration = (text: string): number | null => {
  const match = DURATION.exec(text);
  if (!match) return null;
  return Math.round(
    Number(match[1]) * MILLISECONDS[(match[2] ?? 'ms') as keyof typeof MILLISECONDS],
  );
};

/** What `parseSize` takes. */
export const SIZE = /^(\d+(?:\.\d+)?)([KkMmGgTt]?)(?:[Ii]?[Bb])?$/;

/** Bytes of `512`, `64K`, `512M`, `1.5G`, `2GiB` (all powers of 1024); null when it is none of these. */
export const parseSize = (text: string): number | null => {
  const match = SIZE.exec(text);
  if (!match) return null;
  const unit = (match[2] || 'b').toLowerCase() as keyof typeof BYTES;
  return Math.round(Number(match[1]) * BYTES[unit]);
};

/** The words of a command line: split at spaces, save inside quotes or after a backslash. */
export const splitWords = (line: string): string[] => {
  const words = line.match(/(?:'[^']*'|"(?:\\.|[^"\\])*"|\\.|[^\s'"\\])+/gs) ?? [];
  return words.map((word) =>
    word.replace(/'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)/gs, (_, single, double, escaped) => {
      if (double !== undefined) return (double as string).replace(/\\(["\\$`])/g, '$1');
      return (single ?? escaped) as string;
    }),
  );
};
