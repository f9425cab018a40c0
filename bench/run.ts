/**
 * `npm run bench`: opm, the floor and every peer that is here do the same work in turn, and docs/benchmarks.md
 * tells the outcome. `--only NAME` (may be repeated), `--json FILE` for every sample, `--quick` for few rounds,
 * `--check` for what budget.json bounds. The page is written by whole runs only.
 */
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Bench } from './bench.js';
import { compare, readBudget } from './budget.js';
import { findPeers } from './peers.js';
import { writePage } from './report/page.js';
import { rows } from './rows/rows.js';
import { figure, goalText, type Line, linesOf, shownValue } from './summary.js';

const DOCS = fileURLToPath(new URL('../docs', import.meta.url));

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    json: { type: 'string' },
    quick: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
  },
});

const describe = (line: Line): string => {
  const cells = line.cells.map((cell) => {
    const { subject, timesFloor } = cell;
    const times = timesFloor === null || subject === 'floor' ? '' : ` (${figure(timesFloor)}×)`;
    return `${subject} ${figure(shownValue(line, cell))}${times}`;
  });
  const goal = line.goal ? `; goal ${goalText(line.goal, line.unit)}` : '';
  const verdict = line.reached === null ? '' : line.reached ? ' reached' : ' missed';
  return `  ${line.series}, ${line.unit}: ${cells.join(', ')}${goal}${verdict}`;
};

/** Prints how every bound stands; whether all are kept. */
const check = (bench: Bench): boolean => {
  const standings = compare(readBudget(), bench.samples);
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

const only = options.check ? [...new Set(readBudget().map(({ row }) => row))] : options.only;
const wanted = rows.filter(({ name }) => !only || only.includes(name));
if (wanted.length === 0) {
  console.error(`no such row; there are ${rows.map(({ name }) => name).join(', ')}`);
  process.exit(2);
}
const { managers, missing } = findPeers();
for (const { name, reason } of missing) console.log(`${name} is missing: ${reason}`);
const bench = new Bench({ managers, quick: options.quick || options.check });
for (const row of wanted) {
  console.log(`\n${row.title} (${row.name})`);
  bench.begin(row.name);
  await row.run(bench);
  for (const line of linesOf(row, bench.samples)) console.log(describe(line));
}
if (options.json) writeFileSync(options.json, JSON.stringify(bench.samples));
if (!only && !options.quick) {
  const command = 'npm run bench';
  writePage(DOCS, { rows, samples: bench.samples, managers, missing, command });
}
const kept = !options.check || check(bench);
process.exit(kept ? 0 : 1);
