/** `npm run bench`, see `--help`: runs rows, prints what they come to, and writes the page. */
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';
import { compare, readBudget } from './budget.js';
import type { Sample } from './model.js';
import { helpText, type Options, readOptions, UsageError } from './options.js';
import { findPeers } from './peers.js';
import { describe } from './report/describe.js';
import { type Failure, writePage } from './report/page.js';
import { RowProcess } from './row-process.js';
import { rows } from './rows/rows.js';
import { figure, linesOf } from './summary.js';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

const duration = (ms: number): string => {
  const seconds = Math.round(ms / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
};

/** Prints how every bound stands; whether all are kept. */
const check = (samples: readonly Sample[]): boolean => {
  const standings = compare(readBudget(), samples);
  for (const { bound, value, kept } of standings) {
    const limit =
      bound.timesFloor === undefined ? figure(bound.atMost ?? 0) : `${bound.timesFloor}× floor`;
    const measured = value === null ? 'not measured' : figure(value);
    console.log(
      `${kept ? 'kept  ' : 'BROKEN'} ${bound.row}, ${bound.series}: ${measured} of ${limit}`,
    );
  }
  return standings.every(({ kept }) => kept);
};

/** Someone who does not want to wait finds nothing left either. */
const cleanUpOnSignal = (current: RowProcess): void => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.once(signal, async () => {
      console.error(`\n${signal}: ending what runs`);
      await current.interrupt();
      process.exit(128 + constants.signals[signal]);
    });
  }
};

/** Runs the rows in turn, whatever becomes of each, and prints how far it is. */
const measure = async (options: Options) => {
  const current = new RowProcess();
  cleanUpOnSignal(current);
  const samples: Sample[] = [];
  const failures: Failure[] = [];
  const began = performance.now();
  for (const [i, row] of options.rows.entries()) {
    const left = options.rows.slice(i).reduce((sum, { minutes }) => sum + minutes, 0);
    const outlook = options.quick ? '' : `, about ${Math.ceil(left)} min to go`;
    const gone = duration(performance.now() - began);
    console.log(
      `\n[${i + 1}/${options.rows.length}, ${gone}${outlook}] ${row.title} (${row.name})`,
    );
    const from = performance.now();
    const outcome = await current.run(row, options.quick);
    samples.push(...outcome.samples);
    for (const line of linesOf(row, samples)) console.log(`  ${describe(line)}`);
    const took = duration(performance.now() - from);
    if (outcome.failure === null) console.log(`  took ${took}`);
    else {
      console.log(`  FAILED after ${took}: ${outcome.failure}`);
      failures.push({ row: row.name, reason: outcome.failure });
    }
    // So that a run that is cut short has not been for nothing.
    if (options.json) writeFileSync(options.json, JSON.stringify(samples));
  }
  await current.close();
  console.log(`\nthrough after ${duration(performance.now() - began)}`);
  return { samples, failures };
};

/** Whether all went well. */
const run = async (options: Options): Promise<boolean> => {
  const { managers, missing } = findPeers();
  for (const { name, reason } of missing) console.log(`${name} is missing: ${reason}`);
  const { samples, failures } = await measure(options);
  const isWhole = options.rows.length === rows.length && !options.quick;
  const folder = options.out ?? (isWhole ? DOCS : null);
  if (folder) {
    const { command } = options;
    const measured = { rows: options.rows, samples, failures, managers, missing };
    console.log(`written: ${writePage(folder, { ...measured, command, quick: options.quick })}`);
  }
  for (const { row, reason } of failures) console.log(`FAILED ${row}: ${reason}`);
  const kept = !options.check || check(samples);
  return kept && failures.length === 0;
};

try {
  // npm tells where the command was typed; the process itself runs in the package.
  const options = readOptions(process.argv.slice(2), process.env.INIT_CWD ?? process.cwd());
  if (options.help) console.log(helpText());
  else process.exitCode = (await run(options)) ? 0 : 1;
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  console.error(`${error.message}\nsee npm run bench -- --help`);
  process.exitCode = 2;
}
