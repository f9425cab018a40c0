import { expect } from 'chai';
import { epoch } from '../../src/domain/ids.js';
import { appOf } from '../../src/domain/state.js';
import { processTable } from '../../src/projections/process-table.js';
import { type Why, why } from '../../src/projections/why.js';
import { app, EVERYTHING, World } from '../support/given.js';

const explain = (world: World, id = 0): Why => {
  const process = world.process(id);
  const status = processTable(world.state).find((row) => row.id === id)?.status ?? 'stopped';
  return why({ process, app: appOf(world.state, process), events: world.log, status });
};

const crashOnce = (world: World): void => {
  world.now += 100;
  world.ended(7);
};

describe('why a process is in its state', () => {
  it('a start is told with who asked for it', () => {
    const world = new World();
    world.up(app('web'));
    const told = explain(world);
    expect(told.answer).to.match(/^It runs as pid \d+ because a start was asked for\.$/);
    expect(told.asked?.actor).to.deep.equal({ uid: 1000, command: 'opm StartApps' });
    expect(told.since).to.equal(world.now);
  });

  it('a run after one that was refused its slot is not told as one after a crash', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(null, 0, world.key(), 'SIGTERM');
    world.ask({ type: 'StartProcesses', targets: EVERYTHING });
    world.observe({ kind: 'suppressed', spawnKey: world.key(), why: 'slot-taken' });
    const { phase } = world.process();
    if (phase.is !== 'waiting') throw new Error(`it is ${phase.is}`);
    world.now = phase.dueAt;
    const timer = { kind: 'restart', process: world.process().id, dueAt: phase.dueAt } as const;
    world.see({ type: 'TimerFired', timer });
    world.started();
    expect(explain(world).answer).to.match(
      /because it was tried again; a second copy was refused by the kernel: something of an earlier run still held the slot\.$/,
    );
  });

  it('a run after a crash is told with how the one before it ended, and who started the first', () => {
    const world = new World();
    world.up(app('web'));
    crashOnce(world);
    world.started();
    const told = explain(world);
    expect(told.answer).to.match(
      /because the run before it ended by itself, and the restart policy starts it again; pid \d+ exited with code 7 after 100 ms/,
    );
    expect(told.asked?.actor?.command).to.equal('opm StartApps');
    expect(told.story.map(({ text }) => text).join('\n')).to.include('exited with code 7');
  });

  it('a restart that was asked for is told apart from one by crash', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'RestartProcesses', targets: EVERYTHING });
    world.ended(null, 0, world.key(), 'SIGTERM');
    world.started();
    const told = explain(world);
    expect(told.answer).to.match(/because a restart was asked for\.$/);
    expect(told.asked?.actor?.command).to.equal('opm RestartProcesses');
  });

  it('a pause before a restart says when it ends and which failure it is', () => {
    const world = new World();
    const restart = { ...app('').restart, backoffInitialMs: 400, maxRestarts: 5 };
    world.up(app('web', { restart }));
    crashOnce(world);
    const told = explain(world);
    expect(told.answer).to.include('failure 1 of the 5 that are allowed within 15 min');
    expect(told.answer).to.include('back-off of 400 ms');
    expect(told.next).to.deep.equal({ at: world.now + 400, text: 'it is started again' });
  });

  it('what was given up says how many failures its policy allows', () => {
    const world = new World();
    const restart = { ...app('').restart, maxRestarts: 1 };
    world.up(app('web', { restart }));
    crashOnce(world);
    world.started();
    crashOnce(world);
    const told = explain(world);
    expect(told.status).to.equal('errored');
    expect(told.answer).to.include('2 runs ended by themselves within 15 min');
    expect(told.answer).to.include('its policy allows 1');
    expect(told.next.text).to.include('opm restart web');
  });

  it('a stop, a kill and the end of an epoch are three reasons to be down', () => {
    const world = new World();
    world.up(app('asked'), app('killed'), app('lost'));
    world.ask({ type: 'StopProcesses', targets: [{ kind: 'id', id: 0 }] });
    world.ended(0, 0);
    expect(explain(world, 0).answer).to.equal('It is down because a stop was asked for.');
    world.see({ type: 'DaemonStarted', pid: 2, version: '0', epoch: epoch('life-2') });
    expect(explain(world, 2).answer).to.match(
      /^It is wanted up, but the machine or container began/,
    );
    expect(explain(world, 2).next.text).to.include('opm restore');
    world.ask({ type: 'StartProcesses', targets: [{ kind: 'id', id: 1 }] });
    world.started(1);
    world.ask({ type: 'Shutdown' });
    world.ended(0, 1);
    expect(explain(world, 1).answer).to.match(
      /^It is down because every program was ended.*still wanted up\.$/,
    );
  });

  it('a program that is gone while no daemon lives is not called running', () => {
    const world = new World();
    world.up(app('web'));
    const process = world.process();
    const given = { process, app: appOf(world.state, process), events: world.log };
    const told = why({ ...given, status: 'stopped' });
    expect(told.answer).to.match(/^By the log it runs, but nothing of it is alive/);
  });

  it('a long crash loop is told by its beginning and its end', () => {
    const world = new World();
    const restart = { ...app('').restart, maxRestarts: 20 };
    world.up(app('web', { restart }));
    for (let i = 0; i < 20; i += 1) {
      crashOnce(world);
      world.started();
    }
    const { story, omitted } = explain(world);
    expect(story.length).to.be.lessThan(15);
    expect(story[0]?.actor?.command).to.equal('opm StartApps');
    const after = omitted ? [story[omitted.after - 1]?.seq, story[omitted.after]?.seq] : [];
    expect(after[0]).to.be.lessThan(omitted?.from ?? 0);
    expect(after[1]).to.be.greaterThan(omitted?.to ?? 0);
  });
});
