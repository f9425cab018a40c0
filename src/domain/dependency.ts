import { type App, keyOf } from './app.js';
import { type AppKey, appKey, type ProcessId } from './ids.js';
import { nearest } from './nearest.js';
import type { Dependency } from './policy.js';
import {
  appOf,
  endingCause,
  openRun,
  type Process,
  processesOf,
  type State,
  wasDone,
} from './state.js';

/** The app that a dependency names: of the same namespace, unless it says which. */
export const dependencyKey = (app: App, { app: name }: Dependency): AppKey =>
  name.includes('/')
    ? appKey(name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1))
    : appKey(app.namespace, name);

const dependenciesOf = (app: App): readonly Dependency[] => app.policies.dependsOn ?? [];

const holds = (process: Process, condition: Dependency['condition']): boolean => {
  const { phase, leaving } = process;
  // It ends as soon as others have, and so it is not what anybody may rely on.
  if (leaving) return false;
  switch (condition) {
    case 'started':
      return phase.is === 'online' || wasDone(process);
    case 'ready':
      return phase.is === 'online' && phase.ready.is === 'ready';
    case 'exited-successfully':
      return wasDone(process);
  }
};

/** What a process waits for before its run is opened. */
export interface Blocker {
  readonly app: AppKey;
  readonly condition: Dependency['condition'];
  readonly processes: readonly Process[];
}

/** The dependencies of a process that are not yet as far as they have to be, in the order of its definition. */
export const blockersOf = (state: State, process: Process): readonly Blocker[] => {
  const app = appOf(state, process);
  return dependenciesOf(app)
    .map((dependency): Blocker => {
      const key = dependencyKey(app, dependency);
      return { app: key, condition: dependency.condition, processes: processesOf(state, key) };
    })
    .filter(
      ({ condition, processes }) =>
        processes.length === 0 || !processes.every((one) => holds(one, condition)),
    );
};

/** Why a process will not get as far as it has to by itself, or null while it may. */
const standstill = (
  state: State,
  process: Process,
  condition: Dependency['condition'],
): string | null => {
  const { phase, leaving } = process;
  if (leaving) return process.wanted === 'down' ? 'is being stopped' : null;
  switch (phase.is) {
    case 'errored':
      return 'is errored';
    case 'stopped':
      if (phase.because === 'scheduled') return 'waits for its time';
      if (phase.because !== 'ended') return 'is stopped';
      return `has ended${process.lastExit?.code == null ? '' : ` with code ${process.lastExit.code}`}`;
    case 'online':
      return condition === 'ready' && phase.ready.is === 'overdue' ? 'does not get ready' : null;
    case 'blocked':
      return hopelessReason(state, process) === null ? null : 'waits in vain itself';
    case 'stopping':
      return process.wanted === 'down' ? 'is being stopped' : null;
    case 'launching':
    case 'waiting':
      return null;
  }
};

/** Why a blocked process waits in vain unless somebody does something, or null while there is hope. */
export const hopelessReason = (state: State, process: Process): string | null => {
  for (const { app, condition, processes } of blockersOf(state, process)) {
    if (processes.length === 0) return `it depends on ${app}, which does not exist`;
    for (const one of processes) {
      const why = holds(one, condition) ? null : standstill(state, one, condition);
      if (why !== null) return `it depends on ${app}, which ${why}`;
    }
  }
  return null;
};

const dependsOn = (state: State, process: Process, key: AppKey): boolean => {
  const app = appOf(state, process);
  return dependenciesOf(app).some((dependency) => dependencyKey(app, dependency) === key);
};

/** Of processes that end together, by the apps that they depend on. */
export type Dependents = ReadonlyMap<AppKey, readonly ProcessId[]>;

/** Who of these depends on which app, told for all of them at once. */
export const dependentsAmong = (state: State, processes: readonly Process[]): Dependents => {
  const dependents = new Map<AppKey, ProcessId[]>();
  for (const process of processes) {
    const app = appOf(state, process);
    for (const key of new Set(dependenciesOf(app).map((one) => dependencyKey(app, one))))
      dependents.set(key, [...(dependents.get(key) ?? []), process.id]);
  }
  for (const ids of dependents.values()) ids.sort((a, b) => a - b);
  return dependents;
};

/** Processes whose runs are open and that depend on this one. */
const dependentsOf = (state: State, process: Process): readonly Process[] =>
  [...state.processes.values()].filter(
    (other) => openRun(other) !== null && dependsOn(state, other, process.app),
  );

/** The dependents that end as well: until they are gone, this one goes on. */
export const endingDependents = (state: State, process: Process): readonly ProcessId[] =>
  dependentsOf(state, process)
    .filter((other) => endingCause(other) !== null)
    .map(({ id }) => id);

/** The other apps whose definitions name this one. */
export const appsDependingOn = (state: State, key: AppKey): readonly App[] =>
  [...state.apps.values()].filter((app) =>
    dependenciesOf(app).some((dependency) => dependencyKey(app, dependency) === key),
  );

/** A circle that begins and ends with this app, or null. */
const circleFrom = (apps: ReadonlyMap<AppKey, App>, start: AppKey): readonly AppKey[] | null => {
  const seen = new Set<AppKey>();
  const visit = (key: AppKey, way: readonly AppKey[]): readonly AppKey[] | null => {
    const app = apps.get(key);
    for (const dependency of app ? dependenciesOf(app) : []) {
      const next = dependencyKey(app as App, dependency);
      if (next === start) return [...way, next];
      if (seen.has(next)) continue;
      seen.add(next);
      const circle = visit(next, [...way, next]);
      if (circle) return circle;
    }
    return null;
  };
  return visit(start, [start]);
};

/** Says which of these apps, or of those that are there, waits for the end of one that is always started again, or null. */
const endlessProblem = (
  all: ReadonlyMap<AppKey, App>,
  given: ReadonlySet<AppKey>,
): string | null => {
  for (const app of all.values()) {
    for (const dependency of dependenciesOf(app)) {
      const key = dependencyKey(app, dependency);
      const target = all.get(key);
      if (dependency.condition !== 'exited-successfully' || !target) continue;
      if (!given.has(keyOf(app)) && !given.has(key)) continue;
      if (target.restart.autorestart !== 'always' || target.policies.schedule) continue;
      return `"${app.name}" waits until "${target.name}" has exited, but that is always started again: give it "autorestart": "on-failure" or false`;
    }
  }
  return null;
};

/** Says what is wrong with the dependencies of these apps, among themselves and those that are there, or null. */
export const dependencyProblem = (state: State, apps: readonly App[]): string | null => {
  const all = new Map([...state.apps, ...apps.map((app) => [keyOf(app), app] as const)]);
  for (const app of apps) {
    for (const dependency of dependenciesOf(app)) {
      const target = all.get(dependencyKey(app, dependency));
      if (!target) {
        const names = [...all.values()].map(({ name }) => name);
        const meant = nearest(dependency.app, names);
        return `"${app.name}" depends on "${dependency.app}", which does not exist${meant ? `; did you mean "${meant}"?` : ''}`;
      }
    }
    const circle = circleFrom(all, keyOf(app));
    if (circle) return `the apps depend on each other in a circle: ${circle.join(' -> ')}`;
  }
  return endlessProblem(all, new Set(apps.map(keyOf)));
};
