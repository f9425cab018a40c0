import { isDeepStrictEqual } from 'node:util';
import { auditLog } from '../../src/daemon/audit.js';
import type { Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import type { AppKey, ProcessId } from '../../src/domain/ids.js';
import {
  appOf,
  initialState,
  openRun,
  type Process,
  type State,
  startedOf,
} from '../../src/domain/state.js';
import type { EventLog, RequestRecord } from '../../src/log/event-log.js';
import type { Proc } from './kernel.js';
import type { Machine } from './machine.js';
import { temperOf } from './programs.js';
import { wishesOf } from './wanted.js';

/** Whether nothing is on its way up or down any more. */
export const isAtRest = (state: State): boolean =>
  state.restore === null &&
  [...state.processes.values()].every(
    ({ phase }) => phase.is === 'stopped' || phase.is === 'online' || phase.is === 'errored',
  );

type Violated = (rule: string, detail: string) => void;

const leaderOf = (machine: Machine, id: ProcessId): Proc[] =>
  [...machine.kernel.procs].filter(({ role, run }) => role === 'program' && run?.slot === id);

/** A process that is wanted up, everything being over: up, or it gave up for a reason that it states. */
const checkUp = (machine: Machine, state: State, process: Process, violated: Violated): void => {
  const { id, phase, lastExit } = process;
  const [leader] = leaderOf(machine, id);
  const app = appOf(state, process);
  const cannotRun = temperOf(app.command.script) === 'broken';
  if (phase.is === 'online') {
    const { program } = phase.started;
    if (leader?.pid === program.pid && leader.startTicks === program.startTicks) return;
    violated(
      'what is online is alive',
      `process ${id} is online as pid ${program.pid}, alive is pid ${leader?.pid}`,
    );
  } else if (!cannotRun || lastExit === null) {
    const why = phase.is === 'stopped' ? `stopped (${phase.because})` : phase.is;
    violated('what is wanted up is up', `process ${id} is wanted up and ${why}`);
  } else if (phase.is !== 'errored' && app.restart.autorestart === 'always') {
    violated('what cannot come up is errored', `process ${id} is ${phase.is}`);
  }
};

const checkDown = (machine: Machine, { id }: Process, violated: Violated): void => {
  const [leader] = leaderOf(machine, id);
  if (leader) violated('what is wanted down is down', `process ${id} lives as pid ${leader.pid}`);
};

/** Nobody can know it: its launcher was killed, it dropped the marker and left the session. */
const isBeyondReach = (proc: Proc): boolean => proc.mark === null && proc.parent === 1;

const checkStrays = (machine: Machine, state: State, violated: Violated): void => {
  const processes = [...state.processes.values()];
  const open = new Set(processes.map((process) => openRun(process)?.key));
  for (const proc of machine.kernel.procs) {
    if (!proc.run || open.has(proc.run.key) || isBeyondReach(proc)) continue;
    if (proc.role === 'helper' && machine.leavesTrees.has(proc.run.key)) continue;
    const who = `pid ${proc.pid}, a ${proc.role} of ${proc.run.key}`;
    violated('nothing outlives its run', `${who}, is alive and its run is closed`);
  }
};

/** A new epoch starts nothing by itself, except what an open restore run still owes. */
const checkEpochs = (events: readonly Recorded[], violated: Violated): void => {
  let epoch: string | null = null;
  const asked = new Set<ProcessId>();
  for (const event of events) {
    if (event.type === 'DaemonStarted' && event.data.epoch !== epoch) {
      epoch = event.data.epoch;
      asked.clear();
    }
    if (event.type !== 'SpawnRequested') continue;
    const { process, spawnKey } = event.data;
    if (event.request || event.runKey) asked.add(process);
    else if (!asked.has(process))
      violated('a new epoch starts nothing by itself', `${spawnKey} (event ${event.seq})`);
  }
};

const checkWishes = (
  state: State,
  events: readonly Recorded[],
  records: readonly RequestRecord[],
  violated: Violated,
): void => {
  const apps = new Map<ProcessId, AppKey>();
  for (const { type, data } of events)
    if (type === 'ProcessCreated') apps.set(data.process, data.app);
  const wishes = wishesOf(records, (id) => apps.get(id));
  for (const [id, wish] of wishes) {
    const process = state.processes.get(id);
    const is = !process ? 'gone' : process.wanted;
    if (is !== wish)
      violated('the last accepted request wins', `process ${id} is ${is}, asked for was ${wish}`);
  }
  for (const id of state.processes.keys())
    if (!wishes.has(id))
      violated('the last accepted request wins', `nobody asked for process ${id}`);
};

export interface Rest {
  readonly machine: Machine;
  readonly log: EventLog;
  /** The daemon's own, as it lives. */
  readonly state: State;
}

/** Holds the machine, the log and the daemon against each other when nothing happens any more. */
export const checkRest = async ({ machine, log, state }: Rest): Promise<void> => {
  const violated: Violated = (rule, detail) => machine.judge.violated(rule, detail);
  const events: Recorded[] = [];
  const records: RequestRecord[] = [];
  for await (const event of log.read()) events.push(event);
  for await (const record of log.requests()) records.push(record);
  const { problems } = await auditLog(log);
  for (const { what, message } of problems) violated(what, message);
  if (!isDeepStrictEqual({ ...evolve(initialState, events) }, { ...state }))
    violated('replaying the log yields the live state', 'the fold of the log is another state');
  checkWishes(state, events, records, violated);
  checkEpochs(events, violated);
  for (const process of state.processes.values()) {
    if (process.wanted === 'up') checkUp(machine, state, process, violated);
    else checkDown(machine, process, violated);
    const program = startedOf(process)?.program;
    if (process.phase.is !== 'online' && program)
      violated(
        'what is down has no program',
        `process ${process.id} still names pid ${program.pid}`,
      );
  }
  checkStrays(machine, state, violated);
};
