import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OsProcess } from '../../src/domain/os-process.js';
import { isSame } from '../../src/platform/proc.js';
import { signalProcess } from '../../src/platform/signals.js';

/** Signs its file with pid, start ticks and spawn key (`-` where there is none), and stays; some ignore SIGTERM. */
const SCRIPT = `#!/bin/sh
read -r stat </proc/$$/stat
file=$1 temper=$2
set -- \${stat##*) }
printf '%s %s %s\\n' $$ "\${20}" "\${OPM_SPAWN_KEY##*#}" >>"$file"
[ "$temper" = stubborn ] && trap '' TERM
exec sleep 2147483647
`;

/** Every so manieth program ignores SIGTERM. */
const STUBBORN_EVERY = 10;

interface Signature extends OsProcess {
  readonly key: string;
}

/** What became of one program, as the operating system and its own signatures tell. */
export interface Count {
  /** More than one living copy. */
  readonly duplicates: number;
  readonly missing: number;
  readonly living: number;
}

/** Many small programs that sign in whenever one of them is started. */
export class Programs {
  readonly folder: string;
  readonly script: string;
  readonly names: readonly string[];

  constructor(folder: string, count: number) {
    this.folder = join(folder, 'programs');
    mkdirSync(this.folder, { recursive: true });
    this.script = join(this.folder, 'program.sh');
    writeFileSync(this.script, SCRIPT);
    chmodSync(this.script, 0o755);
    this.names = Array.from({ length: count }, (_, i) => `p${i}`);
  }

  argsOf(name: string): readonly string[] {
    const isStubborn = this.names.indexOf(name) % STUBBORN_EVERY === STUBBORN_EVERY - 1;
    return [this.#file(name), isStubborn ? 'stubborn' : 'polite'];
  }

  /** The living copies of each program. */
  living(): ReadonlyMap<string, readonly OsProcess[]> {
    return new Map(this.names.map((name) => [name, this.#signed(name).filter(isSame)]));
  }

  /** How the living are against one copy of each. */
  count(): Count {
    const copies = [...this.living().values()].map(({ length }) => length);
    return {
      duplicates: copies.filter((n) => n > 1).length,
      missing: copies.filter((n) => n === 0).length,
      living: copies.reduce((sum, n) => sum + n, 0),
    };
  }

  /** Spawn keys under which more than one program ever signed. */
  keysPerformedTwice(): readonly string[] {
    const keys = this.names.flatMap((name) => this.#signed(name).map(({ key }) => key));
    const seen = new Set<string>();
    return keys.filter((key) => key !== '-' && key !== '' && seen.size === seen.add(key).size);
  }

  started(): number {
    return this.names.reduce((sum, name) => sum + this.#signed(name).length, 0);
  }

  /** Ends what is left; answers how many there were. */
  sweep(): number {
    const left = [...this.living().values()].flat();
    for (const process of left) signalProcess(process, 'SIGKILL');
    return left.length;
  }

  #file(name: string): string {
    return join(this.folder, `${name}.txt`);
  }

  #signed(name: string): Signature[] {
    try {
      const lines = readFileSync(this.#file(name), 'utf8').split('\n').slice(0, -1);
      return lines.map((line) => {
        const [pid = '', startTicks = '', key = '-'] = line.split(' ');
        return { pid: Number(pid), startTicks: Number(startTicks), key };
      });
    } catch {
      return [];
    }
  }
}
