import { type Environment, type EnvValue, shownValue } from '../domain/environment.js';

type Variables = Readonly<Record<string, string>>;

/** One variable that a restart would change; values fit to be shown, null for none. */
export interface EnvDifference {
  readonly name: string;
  readonly is: 'added' | 'changed' | 'gone';
  readonly from: string | null;
  readonly to: string | null;
}

/** What shells set by themselves: no restart changes it. */
const SHELL = new Set(['PWD', 'OLDPWD', 'SHLVL', '_']);

/** What the launcher tells a program of its channels: another one for each run. */
const CHANNELS = new Set([
  'NOTIFY_SOCKET',
  'WATCHDOG_USEC',
  'NODE_CHANNEL_FD',
  'NODE_CHANNEL_SERIALIZATION_MODE',
]);

const isOurs = (name: string): boolean =>
  name.startsWith('OPM_') || SHELL.has(name) || CHANNELS.has(name);

const shown = (name: string, value: string, { base, defaults, values, secrets }: Environment) => {
  const said: EnvValue = values[name] ?? defaults[name] ?? base[name] ?? value;
  return shownValue(name, typeof said === 'string' ? value : said, secrets);
};

/** An environment fit to be shown. */
export const masked = (variables: Variables, app: Environment): Variables =>
  Object.fromEntries(
    Object.entries(variables).map(([name, value]) => [name, shown(name, value, app)]),
  );

/** What differs between the environment that a program has and the one that it would get. */
export const differences = (
  running: Variables,
  next: Variables,
  app: Environment,
): readonly EnvDifference[] => {
  const names = [...new Set([...Object.keys(running), ...Object.keys(next)])];
  return names
    .filter((name) => !isOurs(name) && running[name] !== next[name])
    .sort()
    .map((name) => {
      const [old, now] = [running[name], next[name]];
      return {
        name,
        is: old === undefined ? 'added' : now === undefined ? 'gone' : 'changed',
        from: old === undefined ? null : shown(name, old, app),
        to: now === undefined ? null : shown(name, now, app),
      };
    });
};
