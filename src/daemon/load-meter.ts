import type { ProcessId } from '../domain/ids.js';
import { type State, startedOf } from '../domain/state.js';
import { TreeMeter } from '../platform/tree-meter.js';
import { cpuPercent, type Usage, type UsageOf, usagesOf } from '../platform/usage.js';
import type { Load } from '../projections/process-table.js';

/** CPU and memory of the programs, sampled when somebody asks and never otherwise. */
export class LoadMeter {
  readonly #meter = new TreeMeter<ProcessId>();
  #last: ReadonlyMap<ProcessId, Usage> = new Map();

  read(state: State): ReadonlyMap<ProcessId, Load> {
    const programs = new Map<ProcessId, UsageOf>();
    for (const process of state.processes.values()) {
      const started = startedOf(process);
      if (started) programs.set(process.id, started);
    }
    const before = this.#last;
    const samples = usagesOf(this.#meter.look(programs));
    this.#last = samples;
    const loads = new Map<ProcessId, Load>();
    for (const [id, sample] of samples) {
      const percent = cpuPercent(sample, before.get(id) ?? null);
      const rounded = Math.round(percent * 10) / 10;
      loads.set(id, { cpuPercent: rounded, memoryBytes: sample.memoryBytes });
    }
    return loads;
  }
}
