import { readFileSync } from 'node:fs';
import { Config } from '@oclif/core/config';
import { flush } from '@oclif/core/flush';
import { handle } from '@oclif/core/handle';
import { ALIASES } from '../cli/command-aliases.js';
import { COMMANDS } from './commands.js';

interface Named {
  /** The command's first words, with a space between them. */
  readonly words: string;
  readonly argv: string[];
}

/** The command that a command line plainly names, or null. */
const findNamed = (words: readonly string[]): Named | null => {
  const [first = '', second = ''] = words;
  const two = `${first} ${second}`;
  if (Object.hasOwn(COMMANDS, two)) return { words: two, argv: words.slice(2) };
  const argv = words.slice(1);
  // As the library writes two words.
  const one = first.replace(':', ' ');
  if (Object.hasOwn(COMMANDS, one)) return { words: one, argv };
  const meant = Object.entries(ALIASES).find(([, aliases]) => aliases.includes(first));
  return meant ? { words: meant[0], argv } : null;
};

/** What is for us: behind `--` stand the arguments of a program. */
const ownWords = (argv: readonly string[]): readonly string[] =>
  argv.slice(0, argv.includes('--') ? argv.indexOf('--') : undefined);

/** The same command line with `--help` for `help VERB` and for `-h`, which other programs know. */
const inOneForm = (argv: readonly string[]): string[] => {
  if (argv[0] === 'help') return [...argv.slice(1), '--help'];
  const own = ownWords(argv);
  return own.includes('-h') ? [...own.filter((word) => word !== '-h'), '--help'] : [...argv];
};

/** What a command knows of the package. There are no hooks, so that none is looked for. */
class PlainConfig extends Config {
  constructor(root: string) {
    super({ root });
    this.pjson = JSON.parse(readFileSync(root, 'utf8'));
    this.name = this.pjson.name;
    this.bin = this.name;
    this.version = this.pjson.version;
    this.topicSeparator = ' ';
  }

  override async runHook(): Promise<{ successes: never[]; failures: never[] }> {
    return { successes: [], failures: [] };
  }
}

export { COMMANDS };

/**
 * Runs the command that a command line names. The library's own way there reads the manifest and sorts all commands
 * before it runs one, which takes longer than most commands do: it is left to help, versions and what is unknown.
 */
export const runCommand = async (words: readonly string[], root: string): Promise<void> => {
  const argv = inOneForm(words);
  try {
    const named = ownWords(argv).includes('--help') ? null : findNamed(argv);
    if (named) {
      const { default: command } = await COMMANDS[named.words]!();
      command.id = named.words.replace(' ', ':');
      await command.begin(named.argv, new PlainConfig(root));
    } else {
      const { run } = await import('@oclif/core/run');
      await run(argv, root);
    }
    await flush();
  } catch (error) {
    const unknown = /^command (.+) not found\.?$/i.exec((error as Error).message)?.[1];
    if (unknown === undefined) return handle(error as Error);
    const { reportUnknownCommand } = await import('./unknown-command.js');
    reportUnknownCommand(unknown.replaceAll(':', ' '), argv.includes('--json'));
  }
};
