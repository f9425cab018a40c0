/**
 * One row in a process of its own, `run-row.ts NAME [quick]`, forked by the benchmark: tells each sample as it is
 * taken. What it starts, and all that it writes, lies in the folder for temporary files that it was given.
 */
import { Bench } from './bench.js';
import type { Sample } from './model.js';
import { findPeers } from './peers.js';
import { rows } from './rows/rows.js';

const [name, speed] = process.argv.slice(2);
const row = rows.find((candidate) => candidate.name === name);
if (!row) throw new Error(`no row ${name}`);
const bench = new Bench({
  managers: findPeers().managers,
  quick: speed === 'quick',
  onSample: (sample: Sample) => void process.send?.({ sample }),
});
bench.begin(row.name);
try {
  await row.run(bench);
  process.send?.({ done: true }, () => process.exit(0));
} catch (error) {
  const reason = error instanceof Error ? error.message : String(error);
  process.send?.({ reason }, () => process.exit(1));
}
