import { expect } from 'chai';
import fc from 'fast-check';
import type { Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { initialState, openRun } from '../../src/domain/state.js';
import { plan } from '../../src/effects/plan.js';
import { Audit } from '../../src/projections/audit.js';
import type { World } from '../support/given.js';
import { history, lived, steps } from '../support/histories.js';

const dataOf = <T extends Recorded['type']>(world: World, type: T) =>
  world.log.flatMap((event) =>
    event.type === type ? [event.data as Extract<Recorded, { type: T }>['data']] : [],
  );

describe('any history', () => {
  it('never has two open runs of a process, nor a spawn key twice: its audit finds nothing', () => {
    fc.assert(
      fc.property(history, (done) => {
        const audit = new Audit();
        for (const event of lived(done).log) audit.observe(event);
        expect(audit.problems).to.deep.equal([]);
      }),
    );
  });

  it('folds to the same state in two halves as at once', () => {
    fc.assert(
      fc.property(history, fc.nat(200), (done, at) => {
        const { log, state } = lived(done);
        const cut = Math.min(at, log.length);
        const halves = evolve(evolve(initialState, log.slice(0, cut)), log.slice(cut));
        expect(halves).to.deep.equal(state);
      }),
    );
  });

  it('incident 26: never hands out an id twice, nor a log file to two living processes', () => {
    fc.assert(
      fc.property(history, (done) => {
        const world = lived(done);
        const ids = dataOf(world, 'ProcessCreated').map(({ process }) => process);
        expect(new Set(ids).size).to.equal(ids.length);
        const files = [...world.state.processes.values()].map(({ logs }) => logs.out);
        expect(new Set(files).size).to.equal(files.length);
      }),
    );
  });

  it('launches at most one program for each run that is open, and every spawn key once', () => {
    fc.assert(
      fc.property(history, (done) => {
        const world = lived(done);
        const keys = dataOf(world, 'SpawnRequested').map(({ spawnKey }) => spawnKey);
        expect(new Set(keys).size).to.equal(keys.length);
        const again = plan(world.log, world.state).filter(({ type }) => type === 'Launch');
        const open = [...world.state.processes.values()].filter((process) => openRun(process));
        expect(again.length).to.equal(open.length);
      }),
    );
  });

  it('that ends with stopping everything ends with nothing wanted and nothing started again', () => {
    fc.assert(
      fc.property(history, (done) => {
        const world = lived(done);
        world.ask({ type: 'StopProcesses', targets: [{ kind: 'all' }] });
        const before = world.log.length;
        steps.crashed(world, 'a');
        steps.crashed(world, 'b');
        steps.timers(world);
        const after = world.log.slice(before).map(({ type }) => type);
        expect(after).to.not.include('SpawnRequested');
        for (const process of world.state.processes.values()) {
          expect(process.wanted).to.equal('down');
          expect(openRun(process)).to.equal(null);
        }
      }),
    );
  });
});
