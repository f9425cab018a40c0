import { mergeMap, type SchedulerLike, takeUntil, throwError } from 'rxjs';
import { ApiError } from '../api/api-error.js';
import type { Accepted, DaemonInfo, ProcessInfo, Stray } from '../api/routes.js';
import type { Caller, Handlers } from '../api/service.js';
import { LIMITS } from '../domain/app.js';
import type { Recorded, RestoreSource } from '../domain/event.js';
import { type ProcessId, processId, runKey, type Seq, seq } from '../domain/ids.js';
import type { Request, WantedApp } from '../domain/request.js';
import { appOf, type Process, processesOf, type State } from '../domain/state.js';
import { parseTarget, resolveTargets, type Target } from '../domain/target.js';
import { ResolveError } from '../effects/resolve-error.js';
import { LogError } from '../log/errors.js';
import type { EventLog } from '../log/event-log.js';
import { parseSignal } from '../platform/signals.js';
import type { Vault } from '../platform/vault.js';
import { type Load, processTable } from '../projections/process-table.js';
import { type Goal, requestOutcome } from '../projections/request-outcome.js';
import { restoreReport } from '../projections/restore-report.js';
import { appHandlers } from './app-handlers.js';
import { AtError, seqOf } from './at.js';
import { followEvents } from './follow-events.js';
import { historyHandlers } from './history-handlers.js';
import type { HomeLogs } from './home-logs.js';
import { type Loop, SubmitError } from './loop.js';
import { refused } from './refused.js';
import type { Retention } from './retention.js';
import { stateAt } from './snapshot.js';

/** How long a program must stay up to count as started, unless more is asked for. */
const HOLD_MS = 200;

export interface HandlerDeps {
  readonly loop: Loop;
  readonly log: EventLog;
  readonly scheduler: SchedulerLike;
  readonly logs: Pick<HomeLogs, 'flush' | 'reload'>;
  readonly info: () => DaemonInfo;
  readonly loads: () => ReadonlyMap<ProcessId, Load>;
  readonly strays: () => readonly Stray[];
  readonly endStrays: () => readonly Stray[];
  readonly stop: () => void;
  readonly retention: Pick<Retention, 'prune' | 'finish'>;
  readonly vault: Vault;
}

const targetsOf = (texts: readonly string[]): Target[] =>
  texts.map((text) => {
    const parsed = parseTarget(text);
    if ('target' in parsed) return parsed.target;
    const hint = 'a target is an id, a name, a namespace, namespace/name, all, or /regex/';
    throw new ApiError(400, 'BAD_TARGET', parsed.problem, hint);
  });

const toApiError = (error: unknown): unknown => {
  if (error instanceof SubmitError) {
    return error.code === 'IDEMPOTENCY_MISMATCH'
      ? new ApiError(422, error.code, error.message, 'use a fresh key for another request')
      : new ApiError(503, error.code, error.message, 'try again');
  }
  if (error instanceof ResolveError || error instanceof AtError)
    return new ApiError(400, error.code, error.message, error.hint);
  if (error instanceof LogError) return new ApiError(507, error.code, error.message, error.hint);
  return error;
};

const infosOf = (state: State, loads?: ReadonlyMap<ProcessId, Load>): ProcessInfo[] =>
  processTable(state, loads).map((row) => {
    const process = state.processes.get(row.id) as Process;
    return { row, app: appOf(state, process), process };
  });

const wantedSet = (state: State): WantedApp[] =>
  [...state.apps].flatMap(([key, app]) => {
    const slots = processesOf(state, key)
      .filter(({ wanted, deleting }) => wanted === 'up' && !deleting)
      .map(({ id, instance }) => ({ process: id, instance }));
    return slots.length === 0 ? [] : [{ app, slots }];
  });

const goalOf = (query: {
  goal: Goal['kind'];
  holdMs?: number | undefined;
  runKey?: string | undefined;
}): Goal => {
  if (query.goal === 'up') return { kind: 'up', holdMs: query.holdMs ?? HOLD_MS };
  if (query.goal !== 'restored') return { kind: query.goal };
  return { kind: 'restored', runKey: runKey(query.runKey ?? '') };
};

/** What every route does. */
export const createHandlers = (deps: HandlerDeps): Handlers => {
  const { loop, log, scheduler } = deps;

  const submit = async (request: Request, caller: Caller): Promise<Accepted> => {
    const outcome = await loop.submit(request, caller).catch((error) => {
      throw toApiError(error);
    });
    if ('answer' in outcome) return { ...outcome.answer, repeated: outcome.repeated };
    throw refused(outcome.refusal);
  };

  const onTargets =
    (
      type: Extract<Request, { targets: readonly Target[] }>['type'] &
        Exclude<Request['type'], 'SendSignal'>,
    ) =>
    ({ targets }: { targets: readonly string[] }, caller: Caller) =>
      submit({ type, targets: targetsOf(targets) } as Request, caller);

  const momentIn = <T>(found: Promise<T>): Promise<T> =>
    found.catch((error) => {
      throw toApiError(error);
    });

  const seqAt = (at: string): Promise<Seq> => momentIn(seqOf(log, at));

  const restoreSource = async (input: {
    label?: string | undefined;
    at?: string | undefined;
  }): Promise<RestoreSource> => {
    if (input.at !== undefined) return { kind: 'seq', seq: await seqAt(input.at) };
    if (input.label === undefined) return { kind: 'wanted' };
    const at = loop.state.labels.get(input.label);
    if (at !== undefined) return { kind: 'label', label: input.label, seq: at };
    const known = [...loop.state.labels.keys()].join(', ') || 'none';
    throw new ApiError(
      404,
      'UNKNOWN_LABEL',
      `there is no label "${input.label}"`,
      `labels: ${known}`,
    );
  };

  return {
    'GET /v1/daemon': () => deps.info(),
    'POST /v1/daemon/stop': () => {
      setImmediate(deps.stop);
      return { stopping: true };
    },
    'GET /v1/processes': () => processTable(loop.state, deps.loads()),
    'GET /v1/state': async ({ at }) => {
      if (at === undefined)
        return {
          seq: loop.state.seq,
          infos: infosOf(loop.state, deps.loads()),
        };
      const then = await stateAt(log, await seqAt(at));
      return { seq: then.seq, infos: infosOf(then) };
    },
    'GET /v1/strays': () => deps.strays(),
    'POST /v1/strays/end': () => deps.endStrays(),
    ...historyHandlers({ ...deps, submit, momentIn }),
    ...appHandlers({ loop, vault: deps.vault, submit, targetOf: (text) => targetsOf([text])[0]! }),
    'POST /v1/processes/start': onTargets('StartProcesses'),
    'POST /v1/processes/stop': onTargets('StopProcesses'),
    'POST /v1/processes/restart': onTargets('RestartProcesses'),
    'POST /v1/processes/reload': onTargets('ReloadProcesses'),
    'POST /v1/processes/delete': onTargets('DeleteProcesses'),
    'POST /v1/processes/reset': onTargets('ResetCounters'),
    'POST /v1/processes/signal': ({ targets, signal }, caller) => {
      const name = parseSignal(signal);
      if (name !== null) {
        return submit({ type: 'SendSignal', targets: targetsOf(targets), signal: name }, caller);
      }
      const message = `there is no signal "${signal}"`;
      throw new ApiError(400, 'BAD_SIGNAL', message, 'for example SIGHUP, USR2 or 15');
    },
    'POST /v1/labels': ({ label }, caller) => submit({ type: 'SaveLabel', label }, caller),
    'POST /v1/restores': async (input, caller) => {
      const source = await restoreSource(input);
      const set = source.kind === 'wanted' ? null : wantedSet(await stateAt(log, source.seq));
      const { atomic, concurrency } = input;
      const key = runKey(input.key ?? caller.key);
      return submit({ type: 'Restore', runKey: key, source, set, atomic, concurrency }, caller);
    },
    'POST /v1/shutdown': (_, caller) => submit({ type: 'Shutdown' }, caller),
    'GET /v1/restore': async ({ runKey: key }) => {
      const events: Recorded[] = [];
      for await (const event of log.read({ runKey: runKey(key) })) events.push(event);
      const report = restoreReport(events);
      if (report) return report;
      const message = `there is no restore run "${key}"`;
      throw new ApiError(
        404,
        'UNKNOWN_RUN',
        message,
        '`opm history --type RestoreRequested` lists them',
      );
    },
    'POST /v1/logs/flush': async ({ targets }) => {
      const resolved = resolveTargets(loop.state, targetsOf(targets));
      if ('unknown' in resolved) {
        const message = `no process, name or namespace matches "${resolved.unknown}"`;
        throw new ApiError(404, 'UNKNOWN_TARGET', message, '`opm list` shows what there is');
      }
      return { files: await deps.logs.flush(resolved.processes) };
    },
    'POST /v1/logs/reload': () => deps.logs.reload(),
    'GET /v1/outcome': (query) => {
      const ids = query.processes.split(',').filter(Boolean).slice(0, LIMITS.processes);
      const processes = ids.map((id) => processId(Number(id)));
      const outcome$ = requestOutcome(loop.state$, processes, goalOf(query), scheduler);
      // Whoever waits for what cannot be recorded would wait until somebody frees the disk.
      const trouble$ = loop.trouble$.pipe(mergeMap((error) => throwError(() => error)));
      return outcome$.pipe(takeUntil(trouble$));
    },
    'GET /v1/events': (query) => {
      if (query.follow) return followEvents(log, loop.recorded$, query);
      const { after, until, process, runKey: key, limit } = query;
      return log.read({
        after: seq(after ?? 0),
        until: seq(until ?? log.head().seq),
        ...(process === undefined ? {} : { process: processId(process) }),
        ...(key === undefined ? {} : { runKey: runKey(key) }),
        ...(limit === undefined ? {} : { limit }),
        reverse: query.reverse !== undefined,
      });
    },
  };
};
