import { COMMANDS as LOADERS } from './commands.js';

/** Every command, loaded: what the library of the command line works with when it does not run one. */
export const COMMANDS = Object.fromEntries(
  await Promise.all(
    Object.entries(LOADERS).map(async ([words, load]) => {
      const { default: command } = await load();
      return [words.replace(' ', ':'), command];
    }),
  ),
);
