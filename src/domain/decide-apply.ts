import { type App, keyOf } from './app.js';
import { beginReload, reloadRefusal } from './decide-reload.js';
import { createApp, invalidApps, scaleTo } from './decide-start.js';
import type { Decision } from './decision.js';
import { changesBetween, definitionOf, needsRun } from './definition.js';
import { appsDependingOn } from './dependency.js';
import type { AppKey, ProcessId } from './ids.js';
import { bringUp, remove, restartAll } from './lifecycle.js';
import { accept, refuse, unknownTarget } from './outcome.js';
import type { Outcome, PlannedApp, Refusal, Request, RestartScope } from './request.js';
import { openRun, type Process, processesOf, type State } from './state.js';

type Apply = Pick<Extract<Request, { type: 'ApplyApps' }>, 'apps' | 'restart' | 'prune'>;

/** What a process calls for when its app is to be as defined. */
const stepOf = (
  process: Process,
  app: App,
  scope: RestartScope,
  changed: 'run' | 'in-place' | 'no',
): 'start' | 'restart' | 'stay' => {
  const { phase, wanted } = process;
  if (scope === 'none') return 'stay';
  const every = scope === 'all' || scope === 'reload';
  switch (phase.is) {
    case 'launching':
    case 'online':
      return every || changed === 'run' || process.outdated ? 'restart' : 'stay';
    case 'stopping':
      return wanted === 'down' ? 'start' : 'stay';
    case 'waiting':
      return every ? 'restart' : 'stay';
    case 'blocked':
      return 'stay';
    case 'errored':
      return every || changed !== 'no' ? 'start' : 'stay';
    case 'stopped': {
      if (phase.because === 'scheduled' && app.policies.schedule) return 'stay';
      if (every) return 'start';
      if (wanted === 'down') return app.autostart ? 'start' : 'stay';
      return phase.because === 'ended' && changed !== 'run' ? 'stay' : 'start';
    }
  }
};

const stepsOf = (state: State, app: App, scope: RestartScope) => {
  const before = state.apps.get(keyOf(app));
  const changes = before ? changesBetween(before, app) : [];
  const changed = changes.some(needsRun) ? 'run' : changes.length > 0 ? 'in-place' : 'no';
  const processes = processesOf(state, keyOf(app));
  const steps = processes.map((process) => ({
    id: process.id,
    step: stepOf(process, app, scope, changed),
  }));
  return { before, changes, steps, outdates: changed === 'run' };
};

const planOne = (state: State, app: App, scope: RestartScope): PlannedApp => {
  const key = keyOf(app);
  const { before, changes, steps, outdates } = stepsOf(state, app, scope);
  if (!before) {
    const runs = app.autostart ? 'start' : 'stay';
    return { app: key, does: 'create', changes: [], runs, outdated: false };
  }
  const has = (wanted: string) => steps.some(({ step }) => step === wanted);
  const runs = has('restart') ? 'restart' : has('start') ? 'start' : 'stay';
  const outdated = processesOf(state, key).some(
    (process) => runs !== 'restart' && openRun(process) && (outdates || process.outdated),
  );
  const does = changes.length > 0 ? 'change' : 'keep';
  return { app: key, does, changes, runs, outdated };
};

/** The apps that this file defined once and defines no more. */
const orphans = (state: State, { apps, prune }: Apply): AppKey[] => {
  const defined = new Set(apps.map(keyOf));
  return [...state.apps]
    .filter(([key, { source }]) => prune !== null && source === prune && !defined.has(key))
    .map(([key]) => key);
};

/** What applying would come to, app by app. Pure: whoever shows it and whoever carries it out ask the same. */
export const planApply = (state: State, request: Apply): readonly PlannedApp[] => [
  ...request.apps.map((app) => planOne(state, app, request.restart)),
  ...orphans(state, request).map(
    (app): PlannedApp => ({ app, does: 'remove', changes: [], runs: 'stop', outdated: false }),
  ),
];

const without = (state: State, keys: Iterable<AppKey>): State => {
  const apps = new Map(state.apps);
  for (const key of keys) apps.delete(key);
  return { ...state, apps };
};

/**
 * Makes one app that exists what its definition says. Answers with its processes that stay, those that go, and those whose
 * runs have to end.
 */
const change = (decision: Decision, app: App, scope: RestartScope) => {
  const { before, changes, steps, outdates } = stepsOf(decision.state, app, scope);
  const key = keyOf(app);
  const slots = () => processesOf(decision.state, key).filter(({ deleting }) => !deleting);
  const old = slots().map(({ id }) => id);
  if (before && changes.length > 0) {
    const keys = changes.map((found) => found.key);
    const { instances } = before;
    decision.emit('AppChanged', { app: { ...app, instances }, keys, outdates });
  }
  if (before && before.instances !== app.instances) {
    const down = slots().every(({ wanted }) => wanted === 'down');
    scaleTo(decision, key, app.instances, down && !app.autostart ? 'leave' : 'start');
  }
  const stays = slots().map(({ id }) => id);
  const stepping = (wanted: string) =>
    steps.filter(({ id, step }) => step === wanted && stays.includes(id)).map(({ id }) => id);
  for (const id of stepping('start')) bringUp(decision, decision.process(id));
  return { stays, goes: old.filter((id) => !stays.includes(id)), restarts: stepping('restart') };
};

const restartTogether = (decision: Decision, ids: readonly ProcessId[]): void =>
  restartAll(
    decision,
    ids.map((id) => decision.process(id)),
  );

const removeApp = (decision: Decision, key: AppKey): ProcessId[] => {
  const processes = processesOf(decision.state, key);
  remove(decision, processes);
  return processes.map(({ id }) => id);
};

const beingDeleted = (state: State, apps: readonly App[]): Refusal | null => {
  const gone = apps.find((app) => processesOf(state, keyOf(app)).some((p) => p.deleting));
  if (!gone) return null;
  const message = `"${gone.name}" is being deleted`;
  return { code: 'ALREADY_EXISTS', message, hint: 'try again when `opm list` shows it no more' };
};

const processesIn = (state: State, apps: readonly App[]): ProcessId[] =>
  apps.flatMap((app) => processesOf(state, keyOf(app)).map(({ id }) => id));

/** Why these definitions cannot be applied, or null. Whoever only asks for the plan is refused the same. */
export const applyRefusal = (state: State, request: Apply): Refusal | null => {
  const message = invalidApps(without(state, orphans(state, request)), request.apps);
  if (message !== null)
    return { code: 'INVALID_APP', message, hint: 'correct the definition and apply it again' };
  const busy =
    request.restart === 'reload' ? reloadRefusal(state, processesIn(state, request.apps)) : null;
  return busy ?? beingDeleted(state, request.apps);
};

export const applyApps = (
  decision: Decision,
  request: Extract<Request, { type: 'ApplyApps' }>,
): Outcome => {
  const { state } = decision;
  const refusal = applyRefusal(state, request);
  if (refusal) return { refusal };
  const plan = planApply(state, request);
  if (request.agreed !== null && request.agreed !== JSON.stringify(plan)) {
    const message = 'what there is has changed since the plan was shown; nothing was done';
    return refuse('PLAN_CHANGED', message, 'look at the new plan and apply again');
  }
  const processes: ProcessId[] = [];
  const removed: ProcessId[] = [];
  const restarted: ProcessId[] = [];
  for (const app of request.apps) {
    if (!decision.state.apps.has(keyOf(app))) {
      processes.push(...createApp(decision, app));
      continue;
    }
    const { stays, goes, restarts } = change(decision, app, request.restart);
    processes.push(...stays);
    removed.push(...goes);
    restarted.push(...restarts);
  }
  if (request.restart === 'reload') beginReload(decision, restarted);
  else restartTogether(decision, restarted);
  for (const key of orphans(state, request)) removed.push(...removeApp(decision, key));
  return accept({ processes, removed, plan });
};

/** Why an app cannot have another key, or null. */
const renameRefusal = (state: State, key: AppKey, to: App): Refusal | null => {
  if (state.apps.has(keyOf(to))) {
    const message = `an app named "${to.name}" exists in namespace "${to.namespace}"`;
    return { code: 'ALREADY_EXISTS', message, hint: 'choose another name' };
  }
  const dependents = appsDependingOn(state, key).map(keyOf);
  if (dependents.length === 0) return null;
  const names = `${dependents.slice(0, 5).join(', ')}${dependents.length > 5 ? ' and others' : ''}`;
  return {
    code: 'HAS_DEPENDENTS',
    message: `"${key}" cannot become "${keyOf(to)}": ${names} ${dependents.length > 1 ? 'depend' : 'depends'} on it by its name`,
    hint: 'take it out of their `depends_on` with `opm adjust`, rename it, and put its new name there',
  };
};

export const adjustApp = (
  decision: Decision,
  { app: key, to, from, restart: scope }: Extract<Request, { type: 'AdjustApp' }>,
): Outcome => {
  const before = decision.state.apps.get(key);
  if (!before) return unknownTarget(key, null);
  if (JSON.stringify(definitionOf(before)) !== JSON.stringify(from)) {
    const message = `"${key}" was changed by somebody else meanwhile; nothing was done`;
    return refuse('PLAN_CHANGED', message, 'adjust it again');
  }
  const renamed = keyOf(to) !== key;
  const refusal = renamed ? renameRefusal(decision.state, key, to) : null;
  if (refusal) return { refusal };
  const problem = invalidApps(renamed ? without(decision.state, [key]) : decision.state, [to]);
  if (problem) return refuse('INVALID_APP', problem, 'nothing was changed');
  const deleted = beingDeleted(decision.state, [before]);
  if (deleted) return { refusal: deleted };
  if (renamed) {
    decision.emit('AppRenamed', { app: key, namespace: to.namespace, name: to.name });
  }
  const plan = [planOne(decision.state, to, scope)];
  const { stays, goes, restarts } = change(decision, to, scope);
  restartTogether(decision, restarts);
  return accept({ processes: stays, removed: goes, plan });
};
