import type { PlannedApp } from '../domain/request.js';
import { coloured, paint, type Style } from './table.js';

const SIGNS: Readonly<Record<PlannedApp['does'], readonly [string, Style]>> = {
  create: ['+', 'green'],
  change: ['~', 'yellow'],
  remove: ['-', 'red'],
  keep: ['=', 'dim'],
};

const RUNS: Readonly<Record<PlannedApp['runs'], string>> = {
  start: 'is started',
  restart: 'is restarted',
  stop: 'is stopped',
  stay: '',
};

const sentence = ({ does, runs, outdated }: PlannedApp): string => {
  const said = does === 'keep' ? 'as it is' : `is ${does}d`;
  const fate = RUNS[runs] || (outdated ? 'needs a restart to show it' : '');
  return [said, fate].filter(Boolean).join(', ');
};

const shown = (value: string | null): string => value ?? '(none)';

/** Whether carrying it out would change anything. */
export const isNothing = (plan: readonly PlannedApp[]): boolean =>
  plan.every(({ does, runs }) => does === 'keep' && runs === 'stay');

/** What is to happen to each app, and a line for each key that differs. */
export const renderPlan = (plan: readonly PlannedApp[]): string => {
  const colour = coloured();
  const lines = plan.flatMap((app) => {
    const [sign, style] = SIGNS[app.does];
    const changes = app.changes.map(
      ({ key, from, to }) => `    ${key}: ${shown(from)} → ${shown(to)}`,
    );
    return [paint(`${sign} ${app.app}  ${sentence(app)}`, style, colour), ...changes];
  });
  const count = (does: PlannedApp['does']) => plan.filter((app) => app.does === does).length;
  const restarts = plan.filter(({ runs }) => runs === 'restart').length;
  const sum = `${count('create')} to create, ${count('change')} to change, ${restarts} to restart, ${count('remove')} to remove, ${count('keep')} as they are`;
  return [...lines, isNothing(plan) ? 'nothing to do' : sum].join('\n');
};
