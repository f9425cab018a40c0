import type { Edit } from './bundle.js';

/** One guard of the design, and how it is switched off. */
export interface Mutant extends Edit {
  readonly guard: string;
}

/** Every guard that the promise of exactly one copy rests on. */
export const MUTANTS: readonly Mutant[] = [
  {
    guard: 'request deduplication',
    file: 'src/domain/request-dedup.ts',
    find: "if (!remembered) return { is: 'new' };",
    replace: "if (!remembered || remembered) return { is: 'new' };",
  },
  {
    guard: 'one open run',
    file: 'src/domain/lifecycle.ts',
    find: "    case 'online':\n      return;\n    case 'blocked':",
    replace:
      "    case 'online':\n      decision.spawn(id, reason);\n      return;\n    case 'blocked':",
  },
  {
    guard: 'claim',
    file: 'test/simulation/launcher.ts',
    find: 'if (!kernel.create(this.#options.run)) {',
    replace: 'if (!kernel.create(this.#options.run) && kernel.read(this.#options.run) === null) {',
  },
  {
    guard: 'slot lock',
    file: 'test/simulation/kernel.ts',
    find: 'if (inode.holders.size > 0) return false;',
    replace: 'return true;',
  },
  {
    guard: 'fence',
    file: 'src/effects/inspect.ts',
    find: 'if (!world.os.fence(spawnKey, world.now())) return',
    replace: 'if (world.os.readRun(spawnKey)) return',
  },
  {
    guard: 'report matched to its spawn key',
    file: 'src/domain/state.ts',
    find: 'return process && openRun(process)?.key === key ? process : null;',
    replace: 'return process && openRun(process) ? process : null;',
  },
  {
    guard: 'epoch check',
    file: 'src/domain/decide-report.ts',
    find: 'const sameEpoch = decision.state.epoch === epoch;',
    replace: 'const sameEpoch = decision.state.epoch !== null;',
  },
  {
    guard: 'start-time check',
    file: 'src/platform/proc.ts',
    find: 'return stat && stat.startTicks === wanted.startTicks && isAlive(stat) ? stat : null;',
    replace: 'return stat && isAlive(stat) ? stat : null;',
  },
  {
    guard: 'intent before effect',
    file: 'src/log/writer.ts',
    find: 'await writeBatch(this.#db, batch.operations, batch.durable);',
    replace: 'void writeBatch(this.#db, batch.operations, batch.durable);',
  },
  {
    guard: 'concurrency one',
    file: 'src/daemon/loop.ts',
    find: 'concatMap((input) => this.#step(input))',
    replace: 'concatMap(async (input) => void this.#step(input).catch(deps.fatal))',
  },
];
