/** How much of what programs write is kept in a home. Null switches a rule off. */
export interface LogSettings {
  /** A log that reaches this size is rotated. */
  readonly maxSizeBytes: number;
  /** A log that was begun this long ago is rotated whatever its size. */
  readonly rotateAfterMs: number | null;
  /** Rotated files that each log keeps. */
  readonly keep: number;
  /** Rotated files, and logs of apps that are gone, are deleted when they were last written this long ago. */
  readonly maxAgeMs: number | null;
  /** Whether rotated files are compressed. */
  readonly compress: boolean;
  /** All logs of the home together; the oldest rotated files go first. */
  readonly totalSizeBytes: number | null;
}

const MB = 1024 * 1024;
const DAY_MS = 86_400_000;

export const DEFAULT_LOG_SETTINGS: LogSettings = {
  maxSizeBytes: 10 * MB,
  rotateAfterMs: null,
  keep: 10,
  maxAgeMs: 30 * DAY_MS,
  compress: true,
  totalSizeBytes: 1024 * MB,
};

/** A file that nobody writes to any more: rotated out of a log, or the log of an app that is gone. */
export interface RestingLog {
  readonly path: string;
  readonly sizeBytes: number;
  /** Epoch ms. */
  readonly writtenAt: number;
  /** Rotated by us and not compressed yet. */
  readonly compressible: boolean;
}

/** A log that a program may write to. */
export interface ActiveLog {
  readonly path: string;
  /** Whether it is for us to rotate: the reader rotates what it writes. */
  readonly rotates: boolean;
  readonly sizeBytes: number;
  /** About when its first byte was written, epoch ms. */
  readonly begunAt: number;
  /** What was rotated out of it, the oldest first. */
  readonly archives: readonly RestingLog[];
}

export interface LogInventory {
  readonly active: readonly ActiveLog[];
  readonly former: readonly RestingLog[];
}

export type LogUpkeep =
  | { readonly do: 'rotate'; readonly path: string; readonly limitBytes: number }
  | {
      readonly do: 'delete';
      readonly path: string;
      readonly because: 'count' | 'age' | 'total size';
    }
  | { readonly do: 'compress'; readonly path: string };

const rotations = ({ active }: LogInventory, settings: LogSettings, now: number): LogUpkeep[] => {
  const { maxSizeBytes, rotateAfterMs } = settings;
  return active.flatMap(({ path, rotates, sizeBytes, begunAt }): LogUpkeep[] => {
    if (!rotates) return [];
    if (sizeBytes >= maxSizeBytes) return [{ do: 'rotate', path, limitBytes: maxSizeBytes }];
    const isOld = rotateAfterMs !== null && sizeBytes > 0 && now - begunAt >= rotateAfterMs;
    return isOld ? [{ do: 'rotate', path, limitBytes: 1 }] : [];
  });
};

/** Resting files beyond the total, the oldest first, until the rest fits. */
const beyondTotal = (
  inventory: LogInventory,
  kept: readonly RestingLog[],
  total: number | null,
): RestingLog[] => {
  if (total === null) return [];
  const sizes = [...inventory.active, ...kept].map(({ sizeBytes }) => sizeBytes);
  let excess = sizes.reduce((sum, size) => sum + size, 0) - total;
  return [...kept]
    .sort((a, b) => a.writtenAt - b.writtenAt)
    .filter(({ sizeBytes }) => {
      const goes = excess > 0;
      if (goes) excess -= sizeBytes;
      return goes;
    });
};

/**
 * What is to be done with the logs of a home now, in this order. What is compressed takes less of the total: those
 * deletions are to be planned again then.
 */
export const planLogUpkeep = (
  inventory: LogInventory,
  settings: LogSettings,
  now: number,
): readonly LogUpkeep[] => {
  const { keep, maxAgeMs, totalSizeBytes, compress } = settings;
  const tooMany = new Set(
    inventory.active.flatMap(({ archives }) =>
      archives.slice(0, Math.max(0, archives.length - keep)),
    ),
  );
  const resting = [...inventory.active.flatMap(({ archives }) => archives), ...inventory.former];
  const tooOld = new Set(
    resting.filter(({ writtenAt }) => maxAgeMs !== null && now - writtenAt >= maxAgeMs),
  );
  const left = resting.filter((file) => !tooMany.has(file) && !tooOld.has(file));
  const deletion = ({ path }: RestingLog, because: 'count' | 'age' | 'total size'): LogUpkeep => ({
    do: 'delete',
    path,
    because,
  });
  return [
    ...rotations(inventory, settings, now),
    ...[...tooMany].map((file) => deletion(file, 'count')),
    ...[...tooOld].filter((file) => !tooMany.has(file)).map((file) => deletion(file, 'age')),
    ...left
      .filter(({ compressible }) => compress && compressible)
      .map(({ path }): LogUpkeep => ({ do: 'compress', path })),
    ...beyondTotal(inventory, left, totalSizeBytes).map((file) => deletion(file, 'total size')),
  ];
};
