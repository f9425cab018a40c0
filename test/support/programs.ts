import {
  type ChildProcess,
  execFileSync,
  type SpawnOptions,
  spawn,
  spawnSync,
} from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { OsProcess } from '../../src/domain/os-process.js';
import { findMarked } from '../../src/platform/marked.js';
import {
  argvOf,
  childrenMap,
  descendants,
  identityOf,
  isSame,
  readStat,
  scan,
} from '../../src/platform/proc.js';
import { signalProcess } from '../../src/platform/signals.js';

const folders: string[] = [];
const rosters: Roster[] = [];
const tracked: OsProcess[] = [];

/** A new folder with a short, canonical path. `cleanUp` removes it. */
export const tempHome = (): string => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'opm-')));
  folders.push(folder);
  return folder;
};

/**
 * Appends `pid start-ticks` to the file named by its first argument, and stays. The start time survives the
 * exec; the command name, which stands before it in parentheses, may hold anything.
 */
const ROSTER_PROGRAM = `#!/bin/sh
read -r stat </proc/$$/stat
set -- "$1" \${stat##*) }
printf '%s %s\\n' $$ "\${21}" >>"$1"
exec sleep 2147483647
`;

const entriesOf = (file: string): readonly OsProcess[] => {
  let text = '';
  try {
    text = readFileSync(file, 'utf8');
  } catch {
    // Nobody has started yet.
  }
  return text
    .split('\n')
    .slice(0, -1)
    .map((line) => {
      const [pid, startTicks] = line.split(' ').map(Number);
      return { pid: pid!, startTicks: startTicks! };
    });
};

/** Who of those that ever signed a roster is alive, by pid and start time. */
export const living = (file: string): readonly OsProcess[] => entriesOf(file).filter(isSame);

/** A program that signs a file whenever a copy of it is started: the operating system's own count. */
export class Roster {
  readonly file: string;
  /** Executable; takes the file as its only argument. */
  readonly script: string;
  readonly name: string;

  constructor(folder: string, name = 'roster') {
    this.name = name;
    this.file = join(folder, `${name}.txt`);
    this.script = join(folder, `${name}.sh`);
    writeFileSync(this.script, ROSTER_PROGRAM);
    chmodSync(this.script, 0o755);
    rosters.push(this);
  }

  /** Everybody who was ever started, in that order. */
  started(): readonly OsProcess[] {
    return entriesOf(this.file);
  }

  living(): readonly OsProcess[] {
    return living(this.file);
  }
}

/** Sees to it that `cleanUp` kills this process, and nobody who may have its pid by then. */
export const track = (wanted: OsProcess): OsProcess => {
  tracked.push(identityOf(wanted));
  return identityOf(wanted);
};

/** A child of this test, tracked. */
export interface Program {
  readonly child: ChildProcess;
  readonly os: OsProcess;
}

/** Starts a program that `cleanUp` kills; without input or output unless `stdio` says otherwise. */
export const start = (
  argv: readonly [string, ...string[]],
  options: SpawnOptions = {},
): Program => {
  const [file, ...args] = argv;
  const child = spawn(file, args, { stdio: 'ignore', ...options });
  if (child.pid === undefined) throw new Error(`${file} could not be started`);
  // A child stays in the table, as a zombie at least, until the event loop has turned.
  return { child, os: track(readStat(child.pid)!) };
};

/** Kills every tracked process and whoever signed a roster, with all that comes from them. */
export const killTracked = (): void => {
  const roots = [...tracked.splice(0), ...rosters.splice(0).flatMap((roster) => roster.living())];
  const alive = roots.filter(isSame).map(({ pid }) => pid);
  const all = [...roots, ...descendants(childrenMap(scan()), alive)];
  for (const wanted of all) signalProcess(wanted, 'SIGKILL');
};

/** Living processes that carry this home's mark, launchers too. */
export const strays = (home: string): readonly OsProcess[] =>
  [...findMarked(home).values()].flatMap(({ launchers, programs }) => [...launchers, ...programs]);

/** Living readers of logs whose pipes lie below this folder: they carry no mark. */
export const readersIn = (folder: string): readonly OsProcess[] =>
  [...scan().values()].filter(
    ({ pid, comm }) => comm === 'opm-reader' && argvOf(pid)?.[1]?.startsWith(`${folder}/`),
  );

/** For `afterEach`: kills what is tracked and what belongs to a temporary home, and removes those. */
export const cleanUp = (): void => {
  killTracked();
  for (const folder of folders.splice(0)) {
    for (const stray of [...strays(folder), ...readersIn(folder)]) signalProcess(stray, 'SIGKILL');
    rmSync(folder, { recursive: true, force: true, maxRetries: 10 });
  }
};

/** The argument vector that runs this TypeScript, as a module whose relative imports begin in `test/`. */
export const sourceArgv = (code: string): readonly [string, ...string[]] => [
  process.execPath,
  '--import',
  createRequire(import.meta.url).resolve('tsx'),
  '--input-type=module',
  '--eval',
  code.replaceAll(/from '(\.[^']+)'/g, (_, path: string) => {
    const here = new URL('../', import.meta.url);
    return `from '${new URL(path, here)}'`;
  }),
];

/** Whether a command succeeds here: for what only root, or only some kernels, may do. */
export const isPossible = (argv: readonly [string, ...string[]]): boolean =>
  spawnSync(argv[0], argv.slice(1), { stdio: 'ignore' }).status === 0;

/** A user without any privilege. */
export const NOBODY = { uid: 65534, gid: 65534 };

/** Whether `runAsNobody` works: this is root, and the sources are open to everybody. */
export const isNobodyPossible = (): boolean => {
  const here = fileURLToPath(import.meta.url);
  return process.getuid?.() === 0 && spawnSync('test', ['-r', here], NOBODY).status === 0;
};

/** What this TypeScript (see `sourceArgv`) prints when another, unprivileged user runs it; trimmed. */
export const runAsNobody = (code: string): string => {
  const [file, ...args] = sourceArgv(code);
  const env = { PATH: process.env.PATH, TSX_DISABLE_CACHE: '1' };
  return execFileSync(file, args, { encoding: 'utf8', env, ...NOBODY }).trim();
};
