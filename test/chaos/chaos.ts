import { mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findPeers } from '../../bench/peers.js';
import { Dice } from '../simulation/chance.js';
import { type Contender, quantile, type Tally, torment } from './contender.js';
import { OpmContender } from './opm-contender.js';
import { PeerContender } from './peer-contender.js';
import { Programs } from './programs.js';

const USAGE = `npm run chaos -- [--kills N] [--programs N] [--seed S] [--against NAME] [--json]

  --kills N       how often the manager is killed with SIGKILL (default 100)
  --programs N    how many programs it looks after (default 50)
  --seed S        chooses failpoints and instants (default: another one each time)
  --against NAME  does the same to another process manager: pm2, which is installed for it
  --json          prints the figures as JSON

  npm run chaos -- --kills 1000
  npm run chaos -- --kills 20 --against pm2`;

class UsageError extends Error {}

const whole = (flag: string, text: string, max: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= 1 && value <= max) return value;
  throw new UsageError(`--${flag} "${text}" is no whole number from 1 to ${max}`);
};

const readFlags = (args: readonly string[]) => {
  try {
    const string = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const { values } = parseArgs({
      args: [...args],
      options: {
        kills: string,
        programs: string,
        seed: string,
        against: string,
        json: flag,
        help: flag,
      },
    });
    return {
      help: values.help,
      json: values.json,
      against: values.against ?? null,
      kills: whole('kills', values.kills ?? '100', 1_000_000),
      programs: whole('programs', values.programs ?? '50', 1000),
      seed: whole('seed', values.seed ?? String(1 + (Date.now() % 1_000_000)), 2 ** 32 - 1),
    };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
};

/** Those that have a command which brings everything back. */
const WITH_RESTORE: readonly string[] = ['opm', 'pm2'];

const peer = (name: string) => {
  if (!WITH_RESTORE.includes(name.toLowerCase())) {
    const there = WITH_RESTORE.join(' and ');
    throw new UsageError(`--against "${name}": only ${there} have a command that restores`);
  }
  const { managers, missing } = findPeers();
  const found = managers.find((each) => each.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const reason = missing.find((each) => each.name.toLowerCase() === name.toLowerCase())?.reason;
  throw new UsageError(`--against "${name}": ${reason}`);
};

const seconds = (ms: number | null): string => (ms === null ? '-' : `${(ms / 1000).toFixed(2)} s`);

const report = (tally: Tally, keysTwice: number | null, struck: readonly string[]): string => {
  const { backMs } = tally;
  const rows: [string, string | number][] = [
    ['kills', tally.kills],
    ['restores', tally.restores],
    ['programs expected', tally.expected],
    ['duplicates', tally.duplicates],
    ['missing', tally.missing],
    ['left over when everything was down', tally.survivors],
    ['keys performed twice', keysTwice ?? 'it has no keys'],
    ['commands asked again', tally.askedAgain],
    ['commands that failed', tally.failures.length],
    ['until managed again, median', seconds(quantile(backMs, 0.5))],
    ['until managed again, p99', seconds(quantile(backMs, 0.99))],
    ['failpoints struck', struck.length === 0 ? '-' : `${struck.length}: ${struck.join(', ')}`],
  ];
  return rows.map(([what, value]) => `${what.padEnd(36)}${value}`).join('\n');
};

const main = async (args: readonly string[]): Promise<number> => {
  const flags = readFlags(args);
  if (flags.help) {
    console.log(USAGE);
    return 0;
  }
  const manager = flags.against === null ? null : peer(flags.against);
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'opm-chaos-')));
  const programs = new Programs(folder, flags.programs);
  const dice = new Dice(flags.seed);
  const contender: Contender = manager
    ? new PeerContender(manager, folder, programs, dice)
    : new OpmContender(folder, programs, dice);
  console.error(`${contender.name}, ${flags.programs} programs, seed ${flags.seed}, in ${folder}`);
  let isClean = false;
  try {
    await contender.begin();
    const told = ({ kills, duplicates, missing, failures }: Tally): void => {
      console.error(
        `${kills} kills, ${duplicates} duplicates, ${missing} missing, ${failures.length} failed`,
      );
    };
    const tally = await torment(contender, flags, told);
    const wrong = await contender.end();
    const keysTwice = manager ? null : programs.keysPerformedTwice().length;
    const { duplicates, missing, survivors, failures } = tally;
    const bad = duplicates + missing + survivors + failures.length + (keysTwice ?? 0);
    isClean = bad === 0 && wrong === null;
    if (flags.json)
      console.log(JSON.stringify({ ...tally, keysTwice, struck: contender.struck, wrong }));
    else console.log(report(tally, keysTwice, contender.struck));
    for (const text of failures.slice(0, 5)) console.error(`\n${text}`);
    if (wrong !== null) console.error(`\nthe log: ${wrong}`);
  } finally {
    programs.sweep();
    if (isClean) rmSync(folder, { recursive: true, force: true });
    else console.error(`\nwhat is left is in ${folder}`);
  }
  return isClean ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
