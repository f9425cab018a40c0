import { basename, dirname } from 'node:path';
import { processOfSpawnKey, type SpawnKey, spawnKey } from '../../src/domain/ids.js';
import type { OsProcess } from '../../src/domain/os-process.js';
import type { Census } from '../../src/platform/census.js';
import { onceATurn } from '../../src/platform/once-a-turn.js';
import type { Os } from '../../src/platform/os.js';
import { runFile, runFilesDir, slotLock } from '../../src/platform/paths.js';
import { livingStat } from '../../src/platform/proc.js';
import { parseRunFile } from '../../src/platform/run-file.js';
import type { Delivery } from '../../src/platform/signals.js';
import { membersOf } from '../../src/platform/tree.js';
import type { Machine } from './machine.js';

/** How a life of the daemon makes system calls: it may die before or after each, and time passes. */
export interface Caller {
  readonly pid: number;
  /** The answer of the call, or what a dead daemon is told: it changes nothing any more. */
  call<T>(name: string, act: () => T, dead: T): T;
  /** Lets the daemon know of something, if it is alive then. */
  hear(delayMs: number, act: () => void): void;
}

const NOBODY: Census = {
  self: 0,
  table: new Map(),
  children: new Map(),
  marks: new Map(),
  daemons: new Set(),
  argv: () => null,
};

/** The operating system of a simulated machine, as one life of the daemon sees it. */
export const simulatedOs = (machine: Machine, caller: Caller): Os => {
  const { kernel, paths, epoch } = machine;
  const folder = runFilesDir(paths, epoch);
  const fileOf = (key: SpawnKey): string => runFile(paths, epoch, key);

  const deliver = (target: OsProcess, signal: string): Delivery => {
    if (target.pid <= 1 || target.pid === caller.pid) return 'denied';
    if (!livingStat(target, kernel.table())) return 'gone';
    machine.tell('daemon', `signals pid ${target.pid} with ${signal}`);
    return kernel.signal(target.pid, signal, caller.pid) ? 'sent' : 'gone';
  };

  const deliverToGroup = (leader: OsProcess, signal: string): Delivery => {
    if (leader.pid <= 1) return 'denied';
    if (!livingStat(leader, kernel.table())) return 'gone';
    machine.tell('daemon', `signals group ${leader.pid} with ${signal}`);
    const group = [...kernel.procs].filter(({ pgrp }) => pgrp === leader.pid);
    for (const { pid } of group) kernel.signal(pid, signal, caller.pid);
    return group.length > 0 ? 'sent' : 'gone';
  };

  const census = onceATurn(() =>
    caller.call('takes a census', () => kernel.census(caller.pid), NOBODY),
  );

  const os: Os = {
    readRun: (key) =>
      caller.call(
        `reads ${key}`,
        () => {
          const text = kernel.read(fileOf(key));
          return text === null ? null : parseRunFile(text);
        },
        null,
      ),
    fence: (key, now) => {
      const created = caller.call(`fences ${key}`, () => kernel.create(fileOf(key)), true);
      const line = `fence ${caller.pid} ${now}\n`;
      if (created) caller.call(`signs ${key}`, () => kernel.append(fileOf(key), line), undefined);
      return created;
    },
    watchRuns: (listener) =>
      kernel.watch((path) => {
        const name = basename(path);
        if (dirname(path) !== folder || processOfSpawnKey(name) === null) return;
        const delayMs = machine.chance.delay('notice', 1);
        caller.hear(delayMs, () => listener.changed(spawnKey(name)));
      }),
    isAlive: (process) =>
      caller.call('looks', () => livingStat(process, kernel.table()) !== null, false),
    census,
    signal: (process, signal) => caller.call('signals', () => deliver(process, signal), 'gone'),
    signalGroup: (leader, signal) =>
      caller.call('signals group', () => deliverToGroup(leader, signal), 'gone'),
    killTree: (run) => {
      const members = membersOf(run, census());
      for (const member of members) os.signal(member, 'SIGKILL');
      return members.length;
    },
    makeCgroup: () => null,
    cgroupOf: () => null,
    slotHolders: (id) =>
      caller.call(
        'looks for holders of slot',
        () => kernel.holdersOf(slotLock(paths, epoch, id)),
        [],
      ),
    releaseSlot: (id) =>
      caller.call('frees slot', () => kernel.removeLock(slotLock(paths, epoch, id)), undefined),
    environment: { readFile: () => ({}), reveal: () => '' },
    setLogAside: () => {},
    // No program of this machine is asked how it is, or tells, uses memory, or writes anything.
    lastSign: () => null,
    ask: () => Promise.resolve(null),
    treeMeter: () => ({ look: () => new Map() }),
    openLog: () => ({
      read: (from) => ({ from, bytes: Buffer.alloc(0) }),
      bounds: () => ({ from: 0, to: 0 }),
    }),
  };
  return os;
};
