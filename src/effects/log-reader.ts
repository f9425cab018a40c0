import { readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { App } from '../domain/app.js';
import type { ProcessId, SpawnKey } from '../domain/ids.js';
import type { LogSettings } from '../domain/log-upkeep.js';
import type { LogFiles } from '../domain/os-process.js';
import type { Spawner } from './spawn.js';

/** What PM2 writes before a line where nothing else is asked for, with milliseconds and the zone. */
const DATE_FORMAT = 'YYYY-MM-DDTHH:mm:ss.SSSZ';

/** A run whose lines are to be read. */
export interface PipedRun {
  readonly process: ProcessId;
  readonly spawnKey: SpawnKey;
  readonly app: App;
  /** Absolute. */
  readonly files: LogFiles;
}

/** When the reader rotates a log. */
export type RotationLimits = Pick<LogSettings, 'maxSizeBytes' | 'rotateAfterMs'>;

export interface LogReaderDeps {
  readonly binary: string;
  /** Where the pipes of this epoch are. */
  readonly folder: string;
  readonly home: string;
  readonly spawner: Spawner;
  readonly limits: () => RotationLimits;
}

const formatOf = ({ policies: { logs } }: App): 'json' | 'time' | 'plain' => {
  if (logs?.json) return 'json';
  return logs?.time || logs?.dateFormat !== undefined ? 'time' : 'plain';
};

const limitLines = ({ maxSizeBytes, rotateAfterMs }: RotationLimits): string[] => [
  `max ${maxSizeBytes}`,
  `age ${rotateAfterMs ?? 0}`,
];

/** How the reader is told what to do; launcher/reader/spec.h has the format. */
export const specOf = ({ app, process, files }: PipedRun, limits: RotationLimits): string =>
  [
    `out ${files.out}`,
    `err ${files.error}`,
    `format ${formatOf(app)}`,
    `date ${app.policies.logs?.dateFormat ?? DATE_FORMAT}`,
    `name ${app.name}`,
    `process ${process}`,
    ...limitLines(limits),
    '',
  ].join('\n');

/** Whether somebody holds this file locked (flock(2)), as the kernel lists it in /proc/locks. */
const isLocked = (path: string): boolean => {
  try {
    const inode = `:${statSync(path).ino} `;
    const locks = readFileSync('/proc/locks', 'utf8').split('\n');
    return locks.some(
      (line) => line.includes(' FLOCK ') && !line.includes('->') && line.includes(inode),
    );
  } catch {
    return false;
  }
};

/** Has lines read by the reader, a process that needs no daemon; see launcher/reader/main.c. */
export class LogReader {
  readonly #deps: LogReaderDeps;
  #wakes = 0;

  constructor(deps: LogReaderDeps) {
    this.#deps = deps;
  }

  /** Prepares for a run; answers with the pipes that its launcher is to make. */
  attend(run: PipedRun): LogFiles {
    const { folder, limits } = this.#deps;
    this.#writeSpec(`${run.spawnKey}.spec`, specOf(run, limits()));
    // A reader that is about to end looks for specs once more after it gave its lock back.
    this.#wake();
    const out = join(folder, `${run.spawnKey}.out`);
    // One pipe keeps the order of both streams; JSON says which of them a line is of.
    const isOne = run.files.out === run.files.error && formatOf(run.app) !== 'json';
    return { out, error: isOne ? out : join(folder, `${run.spawnKey}.err`) };
  }

  /** Tells the reader of new limits for what it reads already. */
  renewLimits(): void {
    const { folder, limits } = this.#deps;
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.spec'))) {
      const said = readFileSync(join(folder, name), 'utf8');
      const lines = said.split('\n').filter((line) => !/^(max|age) /.test(line));
      const wanted = [...lines.slice(0, -1), ...limitLines(limits()), ''].join('\n');
      if (wanted !== said) this.#writeSpec(name, wanted);
    }
  }

  /** Starts a reader where there are lines to read and nobody reads them. */
  superviseOnce(): void {
    const { folder } = this.#deps;
    const isNeeded = readdirSync(folder).some((name) => name.endsWith('.spec'));
    if (isNeeded && !isLocked(join(folder, 'reader.lock'))) this.#wake();
  }

  #writeSpec(name: string, text: string): void {
    const path = join(this.#deps.folder, name);
    writeFileSync(`${path}.new`, text, { mode: 0o600 });
    renameSync(`${path}.new`, path);
  }

  /** One that is not needed ends at once. */
  #wake(): void {
    const { binary, folder, home, spawner } = this.#deps;
    const { PATH = '', TZ } = process.env;
    this.#wakes += 1;
    void spawner.launch({
      tag: `reader-${this.#wakes}`,
      argv: [binary, folder],
      cwd: folder,
      // It belongs to nobody's run, see launcher/launcher/tree.c.
      env: { PATH, OPM_DAEMON: home, ...(TZ === undefined ? {} : { TZ }) },
    });
  }
}
