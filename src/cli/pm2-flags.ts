const NOTHING_INJECTED = 'leave it out: opm injects nothing into programs';
const OWN_WAY = 'leave it out: opm finds out by itself how a program is run';
const ONE_AT_A_TIME = '`opm reload` goes one after another, `opm restart` takes all at once';

/** What to use here instead of a flag of PM2's `start`, `restart` or `reload` that opm does not have. */
const INSTEAD: Readonly<Record<string, string>> = {
  force: 'apps are told apart by their names: give the second one another --name',
  'update-env':
    'the environment is what the definition says: change it with `opm adjust NAME env.KEY=VALUE --restart`, or in its file and `opm restart FILE`',
  pid: '`opm list --json` has the pids',
  write: '`opm export FILE` writes an app file',
  'execute-command': OWN_WAY,
  'no-daemon': '`opm daemon run` runs the daemon in the foreground',
  'disable-logs': '--out-file /dev/null --error-file /dev/null',
  ext: '--ignore-watch leaves out what is not to be watched',
  parallel: ONE_AT_A_TIME,
  attach: '`opm logs NAME --follow` shows its output',
  user: '--uid is the user that it runs as',
  silent: '--json is for programs; > /dev/null hides what is said',
  'mini-list': '`opm list` has one table',
  sort: '`opm list --json` can be sorted',
  'no-vizion': 'leave it out: opm reads no version control',
  'disable-source-map-support': 'leave it out: source maps are off unless asked for',
  'no-pmx': NOTHING_INJECTED,
  'no-automation': NOTHING_INJECTED,
  trace: NOTHING_INJECTED,
  'disable-trace': NOTHING_INJECTED,
  v8: NOTHING_INJECTED,
  'event-loop-inspector': NOTHING_INJECTED,
  'deep-monitoring': NOTHING_INJECTED,
};

const SHORT: Readonly<Record<string, string>> = {
  a: 'update-env',
  f: 'force',
  m: 'mini-list',
  p: 'pid',
  s: 'silent',
  u: 'user',
  w: 'write',
  x: 'execute-command',
};

/** What to use instead of a flag, as it was typed, that PM2 has; null for others. */
export const insteadOfPm2Flag = (typed: string): string | null => {
  const name = typed.replace(/^-+/, '').replace(/=.*$/s, '');
  return INSTEAD[typed.startsWith('--') ? name : (SHORT[name] ?? '')] ?? null;
};
