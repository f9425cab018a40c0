/**
 * The CPU that PM2's daemon spends while a program writes to its log: the yardstick of log-throughput.mjs. PM2 comes
 * from npm into a folder of its own, and has a home of its own.
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

const POLL_MS = 50;
/** PM2 has its log whole when it has not grown for so long. */
const QUIET_MS = 2000;

const sizeOf = (path) => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

const whenQuiet = async (path) => {
  let [size, since] = [sizeOf(path), Date.now()];
  while (Date.now() - since < QUIET_MS) {
    await pause(POLL_MS);
    if (sizeOf(path) !== size) [size, since] = [sizeOf(path), Date.now()];
  }
  return size;
};

/**
 * Has a writer run under PM2 once; `measured` resolves when it has written all. Resolves with `{version, daemonMs,
 * bytes}`, or with `{missing}` in words where PM2 cannot be had.
 */
export const measurePm2 = async (folder, { program, args, measured, cpuMs }) => {
  try {
    const options = ['--no-audit', '--no-fund', '--silent', '--ignore-scripts'];
    execFileSync('npm', ['install', '--prefix', folder, ...options, 'pm2'], { stdio: 'ignore' });
  } catch (error) {
    return { missing: `PM2 was not installed: ${error.message}` };
  }
  const root = join(folder, 'node_modules/pm2');
  const home = join(folder, 'home');
  const env = { ...process.env, PM2_HOME: home };
  const pm2 = (...words) =>
    execFileSync(process.execPath, [join(root, 'bin/pm2'), ...words], { env, stdio: 'ignore' });
  const log = join(home, 'logs', 'w-out.log');
  try {
    pm2(
      'start',
      program,
      '--name',
      'w',
      '--interpreter',
      'none',
      '--no-autorestart',
      '--',
      ...args,
    );
    const pid = Number(readFileSync(join(home, 'pm2.pid'), 'utf8'));
    await pause(1000);
    const before = cpuMs(pid);
    await measured();
    const bytes = await whenQuiet(log);
    const daemonMs = cpuMs(pid) - before;
    const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
    return { version, daemonMs, bytes };
  } finally {
    pm2('kill');
    rmSync(folder, { recursive: true, force: true });
  }
};
