import { expect } from 'chai';
import { Bench } from '../../bench/bench.js';
import { type Bound, compare, readBudget } from '../../bench/budget.js';
import { opm } from '../../bench/managers/opm.js';
import type { Sample } from '../../bench/model.js';
import { rows } from '../../bench/rows/rows.js';

describe('the budget', function () {
  this.timeout(180_000);

  it('names lines that are measured, and is kept', async () => {
    const budget = readBudget();
    const bench = new Bench({ managers: [opm()], quick: true });
    for (const row of rows.filter(({ name }) => budget.some((bound) => bound.row === name))) {
      bench.begin(row.name);
      await row.run(bench);
    }
    expect(compare(budget, bench.samples).filter(({ kept }) => !kept)).to.deep.equal([]);
  });

  const bound: Bound = { row: 'footprint', series: 'daemon: memory', timesFloor: 2 };
  const sample = (subject: Sample['subject'], value: number): Sample => {
    return { row: bound.row, series: bound.series, subject, unit: 'MB', value, size: null };
  };

  it('is kept by the least of several rounds', () => {
    const samples = [sample('floor', 40), sample('opm', 90), sample('opm', 80)];
    expect(compare([bound], samples)).to.deep.equal([{ bound, value: 2, kept: true }]);
  });

  it('is broken by what is too large, and by what was not measured', () => {
    const tooLarge = [sample('floor', 40), sample('opm', 81)];
    expect(compare([bound], tooLarge)[0]).to.include({ kept: false });
    expect(compare([bound], [])[0]).to.deep.equal({ bound, value: null, kept: false });
  });
});
