import type { Actor } from '../domain/event.js';

const LIMIT = 500;
const SECRET = /pass|secret|token|key|credential/i;

/** `--env KEY=VALUE` with the value hidden where the name suggests a secret. */
const masked = (arg: string): string => {
  const cut = arg.indexOf('=');
  return cut > 0 && SECRET.test(arg.slice(0, cut)) ? `${arg.slice(0, cut)}=***` : arg;
};

const quoted = (arg: string): string => (/^[\w@%+=:,./*-]+$/.test(arg) ? arg : `'${arg}'`);

/** Who asks: the user, and the command line as typed, at most 500 characters, secrets masked. */
export const currentActor = (argv: readonly string[]): Actor => ({
  uid: process.getuid?.() ?? 0,
  command: ['opm', ...argv.map(masked).map(quoted)].join(' ').slice(0, LIMIT),
});
