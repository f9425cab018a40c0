import { isSecret, MASK } from '../domain/environment.js';
import type { Actor } from '../domain/event.js';
import { shellWord } from './shell-word.js';

const LIMIT_BYTES = 500;

/** `NAME=value`, alone or behind an option: `--env=NAME=value`, `--password=value`, `env.NAME=value`. */
const ASSIGNMENT = /^((?:-{1,2}[\w-]+=)?-{0,2}([\w.-]+)=)(.*)$/s;

/** The password of a URL. */
const URL_PASSWORD = /(:\/\/[^/@\s:]*:)[^/@\s]+@/g;

/** `opm restore --key K` names a run, `--secrets` names variables: what the log wants to show, not to hide. */
const PUBLIC_OPTIONS = ['--key', '--secrets'];

/** What `--secrets NAME` declares to be secret. */
const declaredIn = (words: readonly string[]): readonly string[] =>
  words.flatMap((word, index) => {
    if (words[index - 1] === '--secrets') return [word];
    return word.startsWith('--secrets=') ? [word.slice('--secrets='.length)] : [];
  });

/** The words with secret-looking values hidden: `DB_PASSWORD=x`, `--token=x` and `--token x`. */
const masked = (words: readonly string[]): readonly string[] => {
  const declared = declaredIn(words);
  return words.map((word, index) => {
    const option = words[index - 1];
    if (option?.startsWith('--') && isSecret(option, '') && !PUBLIC_OPTIONS.includes(option))
      if (!option.includes('=') && !word.startsWith('-')) return MASK;
    if (PUBLIC_OPTIONS.some((name) => word.startsWith(`${name}=`))) return word;
    const [, before = '', name = '', value = ''] = ASSIGNMENT.exec(word) ?? [];
    const variable = name.replace(/^(default_)?env\./, '');
    const hides = isSecret(variable, '', declared);
    return hides && before !== '' && value !== ''
      ? before + MASK
      : word.replace(URL_PASSWORD, `$1${MASK}@`);
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
  bounded(['opm', ...masked(args.slice(0, LIMIT_BYTES)).map(shellWord)].join(' '));

/** Who asks: the user that this process runs as, and the command line that started it. */
export const currentActor = (args: readonly string[] = process.argv.slice(2)): Actor => ({
  uid: process.getuid?.() ?? 0,
  command: commandLine(args),
});
