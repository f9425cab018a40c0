/**
 * Writes down what V8 compiles of the bundles while they do what they are asked for most, so that nobody waits for the
 * same again. A package without it works as well, and begins later.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const dist = join(root, 'dist');
const home = mkdtempSync(join(tmpdir(), 'opm-build-'));
const apps = join(home, 'apps.json');

const opm = (...words) =>
  execFileSync(process.execPath, [join(root, 'bin/run.js'), ...words], {
    env: { ...process.env, OPM_HOME: home, OPM_WRITE_CODE_CACHE: '1' },
    stdio: ['ignore', 'ignore', 'pipe'],
  });

const end = () => {
  try {
    opm('kill');
  } catch {
    // Where nothing could be tried out there is nothing to end.
  }
};

try {
  writeFileSync(apps, JSON.stringify({ apps: [{ name: 'a', script: 'sleep', args: ['600'] }] }));
  opm('start', apps);
  opm('restart', 'a');
  opm('info', 'a');
  opm('stop', 'all');
  opm('restore');
  opm('kill');
  opm('restore');
  opm('kill');
} catch (error) {
  end();
  console.warn(`opm begins later than it might, as it could not be tried out: ${error.message}`);
  for (const name of readdirSync(dist, { recursive: true }))
    if (name.endsWith('.cache')) rmSync(join(dist, name));
} finally {
  rmSync(home, { recursive: true, force: true });
}
