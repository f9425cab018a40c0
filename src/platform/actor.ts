import { MASK } from '../domain/environment.js';
import type { Actor } from '../domain/event.js';
import { maskWords } from '../domain/masking.js';
import { shellWord } from './shell-word.js';

const LIMIT_BYTES = 500;

/** What `--secrets NAME` declares to be secret. */
const declaredIn = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) => {
    if (words[index - 1] === '--secrets') return [word];
    return word.startsWith('--secrets=') ? [word.slice('--secrets='.length)] : [];
  });

/** A variable that is adjusted may be declared secret by its app, which only the daemon knows. */
const withoutVariables = (words: readonly string[]): readonly string[] =>
  words[0] === 'adjust'
    ? words.map((word) =>
        word.replace(/^((?:default_env|defaultEnv|env)(?:\.[^=]+)?=).*$/s, `$1${MASK}`),
      )
    : words;

/** The words with what looks secret hidden, except the name of a restore and the names of variables. */
const masked = (words: readonly string[]): readonly string[] => {
  const terminator = words.indexOf('--');
  const isOwn = (index: number): boolean => terminator === -1 || index < terminator;
  return maskWords(words, {
    declared: declaredIn(words),
    shows: (option, index) =>
      isOwn(index) && (option === '--secrets' || (option === '--key' && words[0] === 'restore')),
  });
};

/** At most `LIMIT_BYTES` of UTF-8, cut between characters. */
const bounded = (text: string): string => {
  const bytes = Buffer.from(text.slice(0, LIMIT_BYTES));
  if (bytes.length <= LIMIT_BYTES && text.length <= LIMIT_BYTES) return text;
  const kept = new TextDecoder().decode(bytes.subarray(0, LIMIT_BYTES - 3), {
    stream: true,
  });
  return `${kept}…`;
};

/**
 * The command line as typed, for the log: `opm start server.js --env PORT=80`. At most 500 bytes; what looks
 * like a secret is hidden, because the log keeps it for ever.
 *
 * @param args what follows the name of the program: `process.argv.slice(2)`.
 */
export const commandLine = (args: readonly string[]): string =>
  bounded(
    ['opm', ...masked(withoutVariables(args.slice(0, LIMIT_BYTES))).map(shellWord)].join(' '),
  );

/** Who asks: the user that this process runs as, and the command line that started it. */
export const currentActor = (args: readonly string[] = process.argv.slice(2)): Actor => ({
  uid: process.getuid?.() ?? 0,
  command: commandLine(args),
});
