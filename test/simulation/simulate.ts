import { rmSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bundleWorker } from './bundle.js';
import { playSeeds, tellSeed } from './fleet.js';
import { MUTANTS, type Mutant } from './mutants.js';
import { scenarioOf } from './scenario.js';
import { simulate } from './simulation.js';

const USAGE = `npm run simulate -- [--seeds N] [--seed S] [--story]

  --seeds N   how many seeds are played (default 2000; one, when only --seed is given)
  --seed S    the first of them (default 1)
  --mutant G  with one guard of the design switched off, to see what it is for
  --story     tell what happened even when nothing went wrong; for one seed

  npm run simulate -- --seeds 100000
  npm run simulate -- --seed 42 --story
  npm run simulate -- --mutant 'slot lock'`;

const MAX_SEED = 2 ** 32 - 1;

class UsageError extends Error {}

const whole = (flag: string, text: string, min: number): number => {
  const value = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (value >= min && value <= MAX_SEED) return value;
  throw new UsageError(`--${flag} "${text}" is no whole number from ${min} to ${MAX_SEED}`);
};

const mutantOf = (guard: string | undefined): Mutant | null => {
  const mutant = MUTANTS.find((each) => each.guard === guard);
  if (mutant || guard === undefined) return mutant ?? null;
  const guards = MUTANTS.map((each) => each.guard).join(', ');
  throw new UsageError(`--mutant "${guard}" is none of: ${guards}`);
};

interface Wanted {
  readonly first: number;
  readonly count: number;
  readonly story: boolean;
  readonly mutant: Mutant | null;
}

const readFlags = (args: readonly string[]): Wanted | null => {
  try {
    const string = { type: 'string' } as const;
    const flag = { type: 'boolean', default: false } as const;
    const options = {
      seeds: string,
      seed: string,
      mutant: string,
      story: flag,
      help: flag,
    } as const;
    const { values } = parseArgs({ args: [...args], options });
    if (values.help) return null;
    const first = whole('seed', values.seed ?? '1', 0);
    const alone = values.seed === undefined ? '2000' : '1';
    const count = whole('seeds', values.seeds ?? alone, 1);
    if (values.story && count > 1) throw new UsageError('--story is for one seed: add --seeds 1');
    return { first, count, story: values.story, mutant: mutantOf(values.mutant) };
  } catch (error) {
    throw error instanceof UsageError ? error : new UsageError((error as Error).message);
  }
};

const tellFailure = async (bundle: string, seed: number, guard: string | null): Promise<void> => {
  const { items, story } = await tellSeed(bundle, seed);
  console.log(`\nWhat it takes (ms, and what was asked or went wrong):\n`);
  for (const { at, ...what } of items) console.log(`  ${at}  ${JSON.stringify(what)}`);
  console.log(`\nWhat happened (seconds, who, what):\n\n${story}\n`);
  const mutant = guard === null ? '' : ` --mutant '${guard}'`;
  console.log(`again: npm run simulate -- --seed ${seed}${mutant}`);
};

const campaign = async ({ first, count, mutant }: Wanted): Promise<boolean> => {
  const guard = mutant?.guard ?? null;
  const bundle = await bundleWorker(guard ?? 'whole', mutant);
  const begun = Date.now();
  const progress = (played: number): void => {
    if (process.stderr.isTTY && played % 50 === 0) process.stderr.write(`\r${played} of ${count}`);
  };
  try {
    const { played, events, failed } = await playSeeds(bundle, { first, count, progress });
    const seconds = ((Date.now() - begun) / 1000).toFixed(1);
    console.log(`${played} seeds from ${first}, ${events} events, ${seconds} s`);
    const [worst] = failed;
    if (!worst) {
      console.log('no promise was broken');
      return true;
    }
    for (const { seed, violation } of failed)
      console.log(`seed ${seed} breaks "${violation?.rule}": ${violation?.detail}`);
    await tellFailure(bundle, worst.seed, guard);
    return false;
  } finally {
    rmSync(bundle, { force: true });
  }
};

const main = async (args: readonly string[]): Promise<number> => {
  const wanted = readFlags(args);
  if (!wanted) {
    console.log(USAGE);
    return 0;
  }
  if (wanted.story) console.log((await simulate(scenarioOf(wanted.first), true)).story.text);
  return (await campaign(wanted)) ? 0 : 1;
};

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\n\n${USAGE}`);
  process.exitCode = 2;
}
