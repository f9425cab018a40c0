import type { Manager } from './managers/manager.js';
import type { Sample, Subject, Unit } from './model.js';

export interface BenchOptions {
  readonly managers: readonly Manager[];
  readonly quick: boolean;
}

/** One run of the benchmark: who takes part, and what was measured. */
export class Bench {
  readonly managers: readonly Manager[];
  readonly quick: boolean;
  readonly samples: Sample[] = [];
  #row = '';

  constructor(options: BenchOptions) {
    this.managers = options.managers;
    this.quick = options.quick;
  }

  /** All samples from now on belong to this row. */
  begin(row: string): void {
    this.#row = row;
  }

  manager(name: Subject): Manager | undefined {
    return this.managers.find((manager) => manager.name === name);
  }

  sample(series: string, subject: Subject, value: number, unit: Unit): void {
    this.samples.push({ row: this.#row, series, subject, unit, value });
  }

  /** As many rounds as a median needs, or the few that tell whether it works at all. */
  rounds(full: number): number {
    return this.quick ? Math.min(3, full) : full;
  }
}
