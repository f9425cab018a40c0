import type { End, Proc } from './kernel.js';
import type { Machine } from './machine.js';

/**
 * How a program behaves: ends when it is asked to; ignores it; fails after a while; ends well after a while;
 * starts helpers, some of which hide; drops its mark at once, as `env -i` does; cannot be executed.
 */
export const TEMPERS = [
  'steady',
  'stubborn',
  'crashing',
  'brief',
  'forking',
  'hiding',
  'broken',
] as const;
export type Temper = (typeof TEMPERS)[number];

export const scriptOf = (temper: Temper): string => `/programs/${temper}`;
export const temperOf = (script: string): Temper =>
  TEMPERS.find((temper) => scriptOf(temper) === script) ?? 'steady';

const DEADLY = new Set(['SIGTERM', 'SIGINT']);
const CODES = [0, 1, 3, 137];

/** A name for chance that stays when a run of the simulation is made smaller. */
const labelOf = (proc: Proc): string => proc.run?.key.split('-').slice(0, 2).join('-') ?? 'nobody';

/** Ends by itself, unless it is dead already or the time of troubles is over. */
const endLater = (machine: Machine, self: Proc, usualMs: number, end: () => End): void =>
  machine.later(`life ${labelOf(self)}`, usualMs, () => {
    if (!self.alive || machine.calm) return;
    const how = end();
    machine.tell('program', `pid ${self.pid} (${self.run?.key}) ends: ${JSON.stringify(how)}`);
    machine.kernel.end(self, how);
  });

const forkHelper = (machine: Machine, self: Proc): void =>
  machine.later(`helper ${labelOf(self)}`, 100, () => {
    if (!self.alive) return;
    const { chance, kernel } = machine;
    const is = (what: string) => chance.next(`${what} ${labelOf(self)}`) < 0.4;
    const helper = kernel.fork({
      role: 'helper',
      ...(self.run ? { run: self.run } : {}),
      parent: self.pid,
      comm: 'helper',
      mark: is('hides') ? null : self.mark,
      leads: is('leads'),
      holds: self.holds,
      onSignal: is('stubborn') ? () => {} : dieOf(machine),
    });
    machine.tell('program', `pid ${self.pid} (${self.run?.key}) forks helper ${helper.pid}`);
  });

/** Dies of a deadly signal after a moment. */
const dieOf =
  (machine: Machine) =>
  (signal: string, self: Proc): void => {
    if (!DEADLY.has(signal)) return;
    machine.later(`term ${labelOf(self)}`, 5, () => {
      if (!self.alive) return;
      machine.tell('program', `pid ${self.pid} (${self.run?.key ?? self.role}) dies of ${signal}`);
      machine.kernel.end(self, { signal });
    });
  };

/** What a program does about signals. */
export const signalled = (machine: Machine, temper: Temper): Proc['onSignal'] =>
  temper === 'stubborn' ? () => {} : dieOf(machine);

/** A program begins to be itself. */
export const live = (machine: Machine, self: Proc, temper: Temper): void => {
  const { chance } = machine;
  const code = CODES[Math.floor(chance.next(`code ${labelOf(self)}`) * CODES.length)] ?? 1;
  if (temper === 'hiding') machine.kernel.dropMark(self);
  if (temper === 'crashing') {
    const killed = chance.next(`killed ${labelOf(self)}`) < 0.2;
    endLater(machine, self, 300, () => (killed ? { signal: 'SIGSEGV' } : { code }));
  } else if (temper === 'brief') endLater(machine, self, 500, () => ({ code: 0 }));
  else if (temper === 'forking') {
    forkHelper(machine, self);
    if (chance.next(`mortal ${labelOf(self)}`) < 0.3)
      endLater(machine, self, 800, () => ({ code }));
  }
};

export { labelOf };
