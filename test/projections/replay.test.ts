import { expect } from 'chai';
import type { Recorded } from '../../src/domain/event.js';
import { evolve } from '../../src/domain/evolve.js';
import { seq } from '../../src/domain/ids.js';
import { appOf, initialState, type Process, type State } from '../../src/domain/state.js';
import { definitionChanges } from '../../src/projections/definition-changes.js';
import { Playback } from '../../src/projections/playback.js';
import { processTable } from '../../src/projections/process-table.js';
import { type TableDiff, tableDiff } from '../../src/projections/table-diff.js';
import { app, EVERYTHING, World } from '../support/given.js';

const tableOf = (state: State) => ({
  seq: state.seq,
  infos: processTable(state).map((row) => ({
    row,
    app: appOf(state, state.processes.get(row.id) as Process),
  })),
});

const stateAt = (log: readonly Recorded[], until: number): State =>
  evolve(initialState, log.slice(0, until));

const diff = (world: World, from: number): TableDiff =>
  tableDiff(tableOf(stateAt(world.log, from)), tableOf(world.state), world.log.slice(from));

const busyWorld = (): World => {
  const world = new World();
  world.up(app('web'), app('gone'), app('quiet'));
  return world;
};

describe('what changed between two moments', () => {
  it('says of each process what is otherwise, and leaves out those that are the same', () => {
    const world = busyWorld();
    const from = world.log.length;
    world.now += 5000;
    world.ended(7);
    world.started();
    world.ask({ type: 'DeleteProcesses', targets: [{ kind: 'id', id: 1 }] });
    world.ended(0, 1);
    world.up(app('fresh'));
    const { changes, unchanged, events } = diff(world, from);
    expect(changes.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['web (0)', 'changed'],
      ['gone (1)', 'deleted'],
      ['fresh (3)', 'created'],
    ]);
    expect(unchanged).to.equal(1);
    expect(events).to.equal(world.log.length - from);
    const [web] = changes;
    expect(web?.fields.map(({ field }) => field)).to.deep.equal([
      'pid',
      'run',
      'restarts',
      'last exit',
    ]);
    expect(web?.fields.at(-1)).to.deep.equal({
      field: 'last exit',
      from: null,
      to: 'code 7, exited',
    });
    expect(web?.between).to.equal('1 run began, 1 ended: code 7');
    expect(web?.seqs[0]).to.equal(seq(from + 1));
  });

  it('a process that came and went in between is told too', () => {
    const world = new World();
    const from = world.log.length;
    world.up(app('brief'));
    world.ask({ type: 'DeleteProcesses', targets: EVERYTHING });
    world.ended(0);
    expect(diff(world, from).changes.map(({ name, kind }) => [name, kind])).to.deep.equal([
      ['brief (0)', 'passing'],
    ]);
  });

  it('nothing in between is nothing changed', () => {
    const world = busyWorld();
    expect(diff(world, world.log.length)).to.include({ events: 0, unchanged: 3 });
  });

  it('two definitions are compared by path, with their secrets masked', () => {
    const before = app('web');
    const env = { ...before.env, values: { PORT: '80', API_TOKEN: 'hunter2' } };
    const after = { ...before, env, restart: { ...before.restart, maxRestarts: 3 } };
    expect(definitionChanges(before, after)).to.deep.include.members([
      { field: 'restart.maxRestarts', from: '16', to: '3' },
      { field: 'env.values.PORT', from: null, to: '80' },
      { field: 'env.values.API_TOKEN', from: null, to: '***' },
    ]);
  });
});

describe('a playback', () => {
  const long = (): World => {
    const world = new World();
    world.up(app('web'));
    for (let i = 0; i < 150; i += 1) {
      world.now += 2000;
      world.ended(7);
      world.started();
    }
    return world;
  };

  it('stands at every position as the log stood, forwards and backwards', () => {
    const { log } = long();
    const playback = new Playback(initialState, log);
    for (const position of [1, 99, 100, 101, 250, 249, 200, 3, 0, log.length]) {
      playback.moveTo(position);
      expect(playback.state, `at ${position}`).to.deep.equal(stateAt(log, position));
      expect(playback.event).to.equal(log[position - 1]);
      expect(playback.next).to.equal(log[position]);
    }
  });

  it('goes no further than there is something', () => {
    const { log } = long();
    const playback = new Playback(initialState, log);
    playback.moveTo(-5);
    expect(playback.position).to.equal(0);
    playback.moveTo(1e9);
    expect(playback.position).to.equal(log.length);
  });
});
