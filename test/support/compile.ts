import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FIXTURE = fileURLToPath(new URL('../fixtures/trees/tree.c', import.meta.url));
let built: string | null | undefined;

const build = (): string | null => {
  const folder = mkdtempSync(join(tmpdir(), 'opm-fixture-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  // Other users run it too.
  chmodSync(folder, 0o755);
  const binary = join(folder, 'tree');
  const { status } = spawnSync('cc', ['-O1', '-pthread', '-o', binary, FIXTURE]);
  return status === 0 ? binary : null;
};

/**
 * The program of test/fixtures/trees, compiled once for all tests of a process. Where no C compiler is, the
 * test is skipped; with CI=true it fails.
 */
export const treeProgram = (test: Mocha.Context): string => {
  built ??= build();
  if (built !== null) return built;
  if (process.env.CI) throw new Error('no C compiler: apt-get install build-essential');
  return test.skip();
};
