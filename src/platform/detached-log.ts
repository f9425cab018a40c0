import { readlinkSync } from 'node:fs';

const FDS = { out: 1, error: 2 } as const;
const DELETED = ' (deleted)';

/**
 * Where a program's output goes instead, when the file that it was given was deleted or renamed under it; null when it
 * still writes there, or chose another place itself.
 */
export const detachedLog = (pid: number, stream: keyof typeof FDS, path: string): string | null => {
  try {
    const target = readlinkSync(`/proc/${pid}/fd/${FDS[stream]}`);
    const isFormer =
      target === path + DELETED ||
      (target.startsWith(path) && /^[.-]/.test(target.slice(path.length)));
    return isFormer ? target : null;
  } catch {
    return null;
  }
};
