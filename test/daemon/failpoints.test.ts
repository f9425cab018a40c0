import { expect } from 'chai';
import {
  FAILPOINTS,
  type FailpointError,
  readFailpoint,
  trapped,
} from '../../src/daemon/failpoints.js';
import type { Decided, Recorded } from '../../src/domain/event.js';
import { processId, runKey, spawnKey } from '../../src/domain/ids.js';
import type { Append, EventLog } from '../../src/log/event-log.js';
import type { Os } from '../../src/platform/os.js';

const KEY = spawnKey('0-1-n');

const spawnRequested = (restore: string | null): Decided => ({
  type: 'SpawnRequested',
  data: { process: processId(0), spawnKey: KEY, reason: 'start' },
  causedBy: null,
  runKey: restore === null ? null : runKey(restore),
});

const append = (...events: Decided[]): Append => ({
  events,
  at: 0,
  request: null,
  record: null,
  durable: false,
});

/** A world with a trap, and what was done in it in order: `dies` stands where the daemon would have ended. */
const given = (failpoint: string) => {
  const done: string[] = [];
  const log = {
    append: async ({ events }: Append) => {
      done.push(`writes ${events.map(({ type }) => type).join()}`);
      return events as Recorded[];
    },
  } as unknown as EventLog;
  const os = {
    fence: () => {
      done.push('fences');
      return true;
    },
  } as unknown as Os;
  const spawner = {
    launch: () => {
      done.push('launches');
      return Promise.resolve({ code: 0, problem: null });
    },
  };
  const launcher = { kind: 'native', command: ['/launcher'], spawner } as const;
  const world = trapped({ log, os, launcher }, readFailpoint(failpoint)!, () => done.push('dies'));
  const launch = () =>
    void world.launcher.spawner.launch({ tag: KEY, argv: ['/launcher'], cwd: '/', env: {} });
  return { world, launch, done };
};

describe('a failpoint', () => {
  it('is none when nothing is said', () => {
    expect(readFailpoint(undefined)).to.equal(null);
  });

  for (const text of ['start-99', 'restore', 'restore-3:0', 'restore-3:x', '', 'toString-1']) {
    it(`that does not exist is refused with the names of all (${JSON.stringify(text)})`, () => {
      let error: FailpointError | null = null;
      try {
        readFailpoint(text);
      } catch (caught) {
        error = caught as FailpointError;
      }
      expect(error?.code).to.equal('BAD_FAILPOINT');
      expect(error?.message).to.include(`"${text}"`);
      for (const name of FAILPOINTS) expect(error?.hint).to.include(name);
    });
  }

  it('stands before or after what is written', async () => {
    const before = given('start-1');
    await before.world.log.append(append(spawnRequested(null)));
    expect(before.done).to.deep.equal(['dies', 'writes SpawnRequested']);
    const after = given('start-2');
    await after.world.log.append(append(spawnRequested(null)));
    expect(after.done).to.deep.equal(['writes SpawnRequested', 'dies']);
  });

  it('stands before or after what is done to the system', () => {
    const { world, done } = given('recover-4');
    world.os.fence(KEY, 0);
    expect(done).to.deep.equal(['fences', 'dies']);
  });

  it('of a restore is passed by the runs of a restore alone, and of a start by the others', async () => {
    for (const [name, restore, order] of [
      ['restore-3', 'boot', ['writes SpawnRequested', 'dies', 'launches']],
      ['restore-3', null, ['writes SpawnRequested', 'launches']],
      ['start-3', null, ['writes SpawnRequested', 'dies', 'launches']],
      ['start-3', 'boot', ['writes SpawnRequested', 'launches']],
    ] as const) {
      const { world, launch, done } = given(name);
      await world.log.append(append(spawnRequested(restore)));
      launch();
      expect(done, `${name} in ${restore}`).to.deep.equal(order);
    }
  });

  it('can be passed some times before it strikes, and strikes once', () => {
    const { world, done } = given('recover-3:2');
    for (let i = 0; i < 3; i += 1) world.os.fence(KEY, 0);
    expect(done).to.deep.equal(['fences', 'dies', 'fences', 'fences']);
  });
});
