import { type App, keyOf } from '../domain/app.js';
import type { EventData, Recorded } from '../domain/event.js';
import type { AppKey, ProcessId, RunKey, SpawnKey } from '../domain/ids.js';
import { type Beginning, runThen, slotThen } from './beginning.js';
import { endOf, type RunEvent } from './run-end.js';
import {
  type DaemonLife,
  emptySlot,
  type Mark,
  type RestoreRecord,
  type RunDraft,
  type RunRecord,
  type SlotRecord,
} from './run-record.js';
import { processName } from './wording.js';

const markOf = ({ seq, at }: Recorded): Mark => ({ seq, at });

/**
 * Folds a log into lives: of runs, of the daemon, of restore runs. What incidents are found in and
 * timelines are drawn from.
 */
export class RunHistory {
  readonly slots = new Map<ProcessId, SlotRecord>();
  readonly apps = new Map<AppKey, App>();
  readonly daemons: DaemonLife[] = [];
  readonly restores = new Map<RunKey, RestoreRecord>();
  readonly #runs = new Map<SpawnKey, RunDraft>();
  first: Mark | null = null;
  last: Mark | null = null;

  /** Begins with how things stood before its first event; null where nothing was before. */
  constructor(beginning: Beginning | null = null) {
    if (!beginning) return;
    const { seq, at, epoch, infos } = beginning;
    const mark = { seq, at };
    if (epoch !== null) {
      this.daemons.push({ started: { ...mark, pid: null, epoch }, stopped: null, lastSeen: mark });
    }
    for (const info of infos) {
      const slot = slotThen(info);
      this.apps.set(keyOf(info.app), info.app);
      this.slots.set(slot.id, slot);
      const run = runThen(info);
      if (run) this.#add(run, slot);
    }
  }

  /** Takes the next event, in order of seq. */
  observe(event: Recorded): void {
    const mark = markOf(event);
    this.first ??= mark;
    this.#apply(event, mark);
    this.last = mark;
    const daemon = this.daemons.at(-1);
    if (daemon) daemon.lastSeen = mark;
  }

  get runs(): Iterable<RunRecord> {
    return this.#runs.values();
  }

  /** `web (0)`; `process 0` when its creation is no longer in the log. */
  nameOf(id: ProcessId): string {
    const app = this.slots.get(id)?.app;
    return app ? processName(app, id) : `process ${id}`;
  }

  run(key: SpawnKey): RunRecord | undefined {
    return this.#runs.get(key);
  }

  #apply(event: Recorded, mark: Mark): void {
    switch (event.type) {
      case 'DaemonStarted':
        this.daemons.push({ started: { ...mark, ...event.data }, stopped: null, lastSeen: mark });
        return;
      case 'DaemonStopped': {
        const daemon = this.daemons.at(-1);
        if (daemon) daemon.stopped = { ...mark, ...event.data };
        return;
      }
      case 'ProcessCreated': {
        const { process: id, app } = event.data;
        this.slots.set(id, emptySlot(id, app, mark));
        return;
      }
      case 'WantedChanged': {
        const slot = this.slots.get(event.data.process);
        if (slot) slot.wanted = event.data.wanted;
        if (event.data.wanted === 'down') this.#endWait(event.data.process, mark);
        return;
      }
      case 'RestartCancelled':
        this.#endWait(event.data.process, mark);
        return;
      case 'ProcessRemoved': {
        const slot = this.slots.get(event.data.process);
        if (slot) slot.removed = mark;
        return;
      }
      case 'RestartScheduled':
        this.slots.get(event.data.process)?.waits.push({
          ...mark,
          dueAt: event.data.dueAt,
          over: null,
        });
        return;
      case 'ProcessErrored':
        this.slots.get(event.data.process)?.erroneous.push({ ...mark, ...event.data });
        return;
      case 'RestoreRequested':
      case 'RestoreJoined':
      case 'RestoreCompleted':
        this.#restore(event, mark);
        return;
      case 'SpawnRequested':
      case 'ProcessStarted':
      case 'ProcessAdopted':
      case 'StopRequested':
      case 'StopEscalated':
      case 'SpawnFailed':
      case 'SpawnAbandoned':
      case 'DuplicateSuppressed':
      case 'ProcessExited':
      case 'ProcessLost':
        this.#applyToRun(event, mark);
        return;
      case 'AppDefined':
      case 'AppChanged':
        this.apps.set(keyOf(event.data.app), event.data.app);
        return;
      case 'AppRenamed':
        this.#rename(event.data);
        return;
      case 'AppScaled':
      case 'DeleteRequested':
      case 'CountersReset':
      case 'SignalRequested':
      case 'SignalSent':
      case 'LabelSaved':
      case 'RequestRepeated':
      case 'HistoryPruned':
      case 'StrayEnded':
      case 'RestoreRolledBack':
        return;
    }
  }

  #applyToRun(event: RunEvent, mark: Mark): void {
    const run = this.#runOf(event.data);
    switch (event.type) {
      case 'SpawnRequested':
        this.#endWait(run.process, mark);
        run.requested = { ...mark, reason: event.data.reason, runKey: event.runKey };
        return;
      case 'ProcessStarted':
      case 'ProcessAdopted': {
        const { program, startedAt, launcher } = event.data;
        const epoch = this.daemons.at(-1)?.started.epoch ?? null;
        run.started ??= { ...mark, program, startedAt, epoch };
        if (event.type === 'ProcessAdopted') {
          run.adoptions.push({ ...mark, orphan: launcher === null });
        }
        return;
      }
      case 'StopRequested': {
        const { cause, signal } = event.data;
        run.stop = { ...mark, cause, signal, escalated: false };
        return;
      }
      case 'StopEscalated':
        if (run.stop) run.stop = { ...run.stop, escalated: true };
        return;
      case 'ProcessExited':
      case 'SpawnFailed':
      case 'ProcessLost':
      case 'SpawnAbandoned':
      case 'DuplicateSuppressed':
        run.end ??= endOf(event, mark, this.#seenUntil(run, mark));
        return;
      case 'SignalRequested':
      case 'SignalSent':
      case 'StrayEnded':
        return;
    }
  }

  #rename({ app: before, ...name }: EventData['AppRenamed']): void {
    const app = this.apps.get(before);
    this.apps.delete(before);
    if (app) this.apps.set(keyOf(name), { ...app, ...name });
    for (const slot of this.slots.values()) if (slot.app === before) slot.app = keyOf(name);
  }

  #endWait(process: ProcessId, { at }: Mark): void {
    const waits = this.slots.get(process)?.waits ?? [];
    const last = waits.at(-1);
    if (last && last.over === null) waits[waits.length - 1] = { ...last, over: at };
  }

  /** A run of an earlier daemon was last known of when that one wrote its last event. */
  #seenUntil(run: RunRecord, loss: Mark): number {
    const [before, now] = [this.daemons.at(-2), this.daemons.at(-1)];
    const isOlder = before && now && (run.requested?.seq ?? 0) < now.started.seq;
    return isOlder ? Math.min(before.lastSeen.at, loss.at) : loss.at;
  }

  /** The run of this key; one that is new to us belongs to its slot from now on. */
  #runOf({ process, spawnKey }: { process: ProcessId; spawnKey: SpawnKey }): RunDraft {
    const known = this.#runs.get(spawnKey);
    if (known) return known;
    const fresh = { requested: null, started: null, adoptions: [], stop: null, end: null };
    const slot = this.slots.get(process) ?? emptySlot(process, null, null);
    this.slots.set(process, slot);
    return this.#add({ process, key: spawnKey, ...fresh }, slot);
  }

  #add(run: RunDraft, slot: SlotRecord): RunDraft {
    this.#runs.set(run.key, run);
    slot.runs.push(run);
    return run;
  }

  #restore(
    event: Extract<Recorded, { type: `Restore${'Requested' | 'Joined' | 'Completed'}` }>,
    mark: Mark,
  ): void {
    const { runKey } = event.data;
    const actor = event.request?.actor ?? null;
    const known = this.restores.get(runKey);
    switch (event.type) {
      case 'RestoreRequested':
        this.restores.set(runKey, {
          runKey,
          requested: { ...mark, actor },
          joined: [],
          completed: null,
        });
        return;
      case 'RestoreJoined':
        known?.joined.push({ ...mark, actor });
        return;
      case 'RestoreCompleted':
        if (known) known.completed = { ...mark, ...event.data };
    }
  }
}
