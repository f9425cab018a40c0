import { type App, keyOf, LIMITS, nameProblem } from './app.js';
import type { Decision } from './decision.js';
import { dependencyProblem } from './dependency.js';
import type { AppKey, ProcessId, Seq } from './ids.js';
import { bringUp, remove, spawnInTurn } from './lifecycle.js';
import type { LogFiles } from './os-process.js';
import { accept, refuse, unknownTarget } from './outcome.js';
import type { Outcome, Request } from './request.js';
import { processesOf, type State } from './state.js';
import { formatTarget, resolveTargets } from './target.js';

/** Log file names that no living process has: app `web-1` and instance 1 of app `web` must not meet. */
const freeLogFiles = (taken: Set<string>, app: App, instance: number, id: ProcessId): LogFiles => {
  const base = app.instances > 1 ? `${app.name}-${instance}` : app.name;
  const names = [base, `${app.namespace}.${base}`, `${app.namespace}.${base}.${id}`];
  const name = names.find((candidate) => !taken.has(`${candidate}-out.log`)) ?? `${id}`;
  taken.add(`${name}-out.log`);
  return { out: `${name}-out.log`, error: `${name}-error.log` };
};

const takenLogFiles = (state: State): Set<string> =>
  new Set([...state.processes.values()].map((process) => process.logs.out));

/** Creates slots for an app, numbered from `from`, and opens a run in each. */
const createProcesses = (
  decision: Decision,
  app: App,
  slots: { readonly instances: readonly number[]; readonly taken: Set<string> },
  because: Seq,
): ProcessId[] =>
  slots.instances.map((instance) => {
    const id = decision.state.nextProcess;
    const logs = freeLogFiles(slots.taken, app, instance, id);
    decision.emit('ProcessCreated', { process: id, app: keyOf(app), instance, logs }, { because });
    return id;
  });

/** Defines an app with some of its slots, down to their names; opens no run. */
export const defineApp = (
  decision: Decision,
  app: App,
  instances: readonly number[],
): ProcessId[] => {
  const defined = decision.emit('AppDefined', { app });
  const taken = takenLogFiles(decision.state);
  return createProcesses(decision, app, { instances, taken }, defined);
};

const range = (from: number, to: number): number[] =>
  Array.from({ length: Math.max(0, to - from) }, (_, i) => from + i);

/** Defines an app with all its slots, and starts it unless its definition says otherwise. */
export const createApp = (decision: Decision, app: App): ProcessId[] => {
  const processes = defineApp(decision, app, range(0, app.instances));
  for (const id of processes) {
    if (app.autostart) bringUp(decision, decision.process(id));
    else decision.want(id, 'down');
  }
  return processes;
};

const problemAmong = (state: State, apps: readonly App[]): string | null => {
  const seen = new Set<AppKey>();
  const given = new Set(apps.map(keyOf));
  let slots = [...state.processes.values()].filter(({ app }) => !given.has(app)).length;
  for (const app of apps) {
    const problem = nameProblem(app.name);
    if (problem) return `name "${app.name}" ${problem}`;
    const namespaceProblem = nameProblem(app.namespace);
    if (namespaceProblem) return `namespace "${app.namespace}" ${namespaceProblem}`;
    if (seen.has(keyOf(app))) return `"${keyOf(app)}" is defined twice`;
    if (app.instances < 1 || app.instances > LIMITS.instances)
      return `"${app.name}" asks for ${app.instances} instances; 1 to ${LIMITS.instances} are allowed`;
    slots += app.instances;
    seen.add(keyOf(app));
  }
  return slots > LIMITS.processes
    ? `that would be ${slots} processes; at most ${LIMITS.processes} are allowed`
    : dependencyProblem(state, apps);
};

/** Says what is wrong with definitions that are to stand in one home together, and in which file, or null. */
export const invalidApps = (state: State, apps: readonly App[]): string | null => {
  const problem = problemAmong(state, apps);
  const source = apps[0]?.source ?? null;
  return problem === null || source === null ? problem : `${source}: ${problem}`;
};

export const startApps = (
  decision: Decision,
  request: Extract<Request, { type: 'StartApps' }>,
): Outcome => {
  const { state } = decision;
  const problem = invalidApps(state, request.apps);
  if (problem) return refuse('INVALID_APP', problem, 'correct the definition and start again');
  const known = request.apps.filter((app) => state.apps.has(keyOf(app)));
  const blocking = known.find(
    (app) =>
      request.existing === 'refuse' || processesOf(state, keyOf(app)).some((p) => p.deleting),
  );
  if (blocking) {
    return refuse(
      'ALREADY_EXISTS',
      `an app named "${blocking.name}" exists in namespace "${blocking.namespace}"`,
      `\`opm restart ${blocking.name}\` starts it again; --name gives the new one another name`,
    );
  }
  const existing = known.map(keyOf);
  const processes = request.apps.flatMap((app) => {
    if (!existing.includes(keyOf(app))) return createApp(decision, app);
    const found = processesOf(decision.state, keyOf(app));
    for (const process of found) bringUp(decision, process);
    return found.map(({ id }) => id);
  });
  return accept({ processes, existing });
};

/** Brings an app to a number of slots: surplus ones are removed, new ones are started or left. Answers with all that stay. */
export const scaleTo = (
  decision: Decision,
  key: AppKey,
  wanted: number,
  begin: 'start' | 'leave' = 'start',
): ProcessId[] => {
  const app = decision.state.apps.get(key);
  if (!app) return [];
  const slots = processesOf(decision.state, key).filter((process) => !process.deleting);
  const scaled = decision.emit('AppScaled', { app: key, instances: wanted });
  const surplus = slots.sort((a, b) => a.instance - b.instance).slice(wanted);
  remove(decision, surplus, scaled);
  const next = Math.max(-1, ...slots.map((process) => process.instance)) + 1;
  const created = createProcesses(
    decision,
    { ...app, instances: Math.max(2, wanted) },
    {
      instances: range(next, next + wanted - slots.length),
      taken: takenLogFiles(decision.state),
    },
    scaled,
  );
  for (const id of created) {
    if (begin === 'start') spawnInTurn(decision, id, 'scale', { because: scaled });
    else decision.want(id, 'down');
  }
  return [...slots.slice(0, wanted).map(({ id }) => id), ...created];
};

export const scaleApp = (
  decision: Decision,
  request: Extract<Request, { type: 'ScaleApp' }>,
): Outcome => {
  const resolved = resolveTargets(decision.state, [request.target]);
  if ('unknown' in resolved) return unknownTarget(resolved.unknown, resolved.suggestion);
  const keys = new Set(resolved.processes.map((process) => process.app));
  const [key] = keys;
  const app = key && decision.state.apps.get(key);
  if (!key || !app || keys.size > 1) {
    return refuse(
      'UNKNOWN_TARGET',
      `"${formatTarget(request.target)}" names ${keys.size} apps`,
      'name exactly one app, as namespace/name if need be',
    );
  }
  const slots = processesOf(decision.state, key).filter((process) => !process.deleting);
  const { kind, count } = request.change;
  const wanted = kind === 'to' ? count : slots.length + count;
  const total = decision.state.processes.size - slots.length + wanted;
  if (wanted < 1 || wanted > LIMITS.instances || total > LIMITS.processes) {
    return refuse(
      'LIMIT_EXCEEDED',
      `"${app.name}" cannot have ${wanted} instances; 1 to ${LIMITS.instances} are allowed`,
      wanted < 1 ? '`opm delete` removes an app' : 'ask for fewer',
    );
  }
  return accept({ processes: scaleTo(decision, key, wanted) });
};
