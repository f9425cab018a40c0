import { statSync } from 'node:fs';

/** What tells a file or folder from another that has its path later, links followed; null when there is none. */
export const fileIdentity = (path: string): string | null => {
  const stat = statSync(path, { throwIfNoEntry: false, bigint: true });
  return stat ? `${stat.dev}:${stat.ino}:${stat.birthtimeNs}` : null;
};

/** What changes whenever a file is written to or touched; null when there is none. */
export const changeOf = (path: string): string | null =>
  statSync(path, { throwIfNoEntry: false, bigint: true })?.mtimeNs.toString() ?? null;
