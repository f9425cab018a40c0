import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';

/** The machine in a few words: system, kernel, processors, memory, Node. */
export const describeMachine = (): string => {
  const system = /^PRETTY_NAME="?([^"\n]+)/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const processors = cpus();
  const model = processors[0]?.model.trim() || 'unknown processor';
  const gib = Math.round(totalmem() / 2 ** 30);
  return `${system ?? 'Linux'}, kernel ${release()}, ${processors.length} × ${model}, ${gib} GiB, Node ${process.version}`;
};

/** The commit that was measured, with a mark when the tree was not clean; null outside a repository. */
export const describeCommit = (): string | null => {
  const git = (...args: readonly string[]): string =>
    execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  try {
    // What this page is made of is written before it.
    const dirty = git('status', '--porcelain', '--untracked-files=no', '--', '.', ':!docs') !== '';
    return `${git('rev-parse', '--short', 'HEAD')}${dirty ? ', changed' : ''}`;
  } catch {
    return null;
  }
};
