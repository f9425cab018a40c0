import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Manager } from './managers/manager.js';
import { opm } from './managers/opm.js';
import { pm2 } from './managers/pm2.js';
import { runit } from './managers/runit.js';
import { supervisor } from './managers/supervisor.js';

const PM2_VERSION = '7.0.4';
const FOLDER = fileURLToPath(new URL('./peers', import.meta.url));

/** A peer that cannot take part, and why. */
export interface Missing {
  readonly name: string;
  readonly reason: string;
}

export interface Peers {
  readonly managers: readonly Manager[];
  readonly missing: readonly Missing[];
}

const output = (file: string, ...args: readonly string[]): string | null => {
  try {
    return execFileSync(file, args, {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
};

/** PM2 in a folder of the benchmark's own; installed when it is not there yet. */
const findPm2 = (): Manager | Missing => {
  if (!existsSync(join(FOLDER, 'node_modules/pm2/package.json'))) {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(join(FOLDER, 'package.json'), '{\n  "private": true\n}\n');
    const args = ['install', '--no-audit', '--no-fund', '--no-save', `pm2@${PM2_VERSION}`];
    if (output('npm', '--prefix', FOLDER, ...args) === null) {
      return { name: 'PM2', reason: `npm could not install pm2@${PM2_VERSION}` };
    }
  }
  return pm2(FOLDER);
};

const findSupervisor = (): Manager | Missing => {
  const version = output('supervisord', '--version');
  return version === null
    ? { name: 'supervisor', reason: 'not installed (Debian: supervisor)' }
    : supervisor(version);
};

const findRunit = (): Manager | Missing => {
  if (output('sh', '-c', 'command -v runsvdir && command -v sv && command -v svlogd') === null) {
    return { name: 'runit', reason: 'not installed (Debian: runit)' };
  }
  // None of its programs tells its version.
  const version = output('dpkg-query', '-W', 'runit')?.split('\t')[1];
  return runit(version ?? 'of unknown version');
};

/** Everybody who takes part on this machine, opm first, and who is missing. */
export const findPeers = (): Peers => {
  const found = [findPm2(), findSupervisor(), findRunit()];
  return {
    managers: [opm(), ...found.filter((peer) => 'open' in peer)],
    missing: found.filter((peer) => 'reason' in peer),
  };
};
