import type { Manager } from './managers/manager.js';
import type { Sample, Subject, Unit } from './model.js';

export interface BenchOptions {
  readonly managers: readonly Manager[];
  readonly quick: boolean;
  /** Told of every sample as it is taken. */
  readonly onSample?: (sample: Sample) => void;
}

/** One run of the benchmark: who takes part, and what was measured. */
export class Bench {
  readonly managers: readonly Manager[];
  readonly quick: boolean;
  readonly samples: Sample[] = [];
  readonly #onSample: (sample: Sample) => void;
  #row = '';

  constructor(options: BenchOptions) {
    this.managers = options.managers;
    this.quick = options.quick;
    this.#onSample = options.onSample ?? (() => {});
  }

  /** All samples from now on belong to this row. */
  begin(row: string): void {
    this.#row = row;
  }

  manager(name: Subject): Manager | undefined {
    return this.managers.find((manager) => manager.name === name);
  }

  sample(
    series: string,
    subject: Subject,
    value: number,
    unit: Unit,
    size: number | null = null,
  ): void {
    const sample = { row: this.#row, series, subject, unit, value, size };
    this.samples.push(sample);
    this.#onSample(sample);
  }

  /** As many rounds as a median needs, or the few that tell whether it works at all. */
  rounds(full: number): number {
    return this.quick ? Math.min(3, full) : full;
  }
}
