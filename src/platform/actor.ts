import { isSecret, MASK } from '../domain/environment.js';
import type { Actor } from '../domain/event.js';
import { shellWord } from './shell-word.js';

const LIMIT_BYTES = 500;

/** `NAME=value`, alone or behind an option: `--env=NAME=value`, `--password=value`. */
const ASSIGNMENT = /^((?:-{1,2}[\w-]+=)?-{0,2}([\w.-]+)=)/;

/** `opm restore --key K` names a run: what the log wants to show, not to hide. */
const PUBLIC_OPTION = '--key';

/** The words with secret-looking values hidden: `DB_PASSWORD=x`, `--token=x` and `--token x`. */
const masked = (words: readonly string[]): readonly string[] =>
  words.map((word, index) => {
    const option = words[index - 1];
    if (option?.startsWith('--') && isSecret(option, '') && option !== PUBLIC_OPTION)
      if (!option.includes('=') && !word.startsWith('-')) return MASK;
    const assignment = ASSIGNMENT.exec(word);
    const hides = assignment && isSecret(assignment[2]!, '');
    return hides && !word.startsWith(`${PUBLIC_OPTION}=`) ? assignment[1]! + MASK : word;
  });

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
