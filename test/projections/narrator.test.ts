import { expect } from 'chai';
import { Narrator } from '../../src/projections/narrator.js';
import { app, EVERYTHING, World } from '../support/given.js';

const storyOf = (world: World): string[] => {
  const narrator = new Narrator();
  return world.log.map((event) => {
    const { subject, text } = narrator.tell(event);
    return subject === null ? text : `${subject}: ${text}`;
  });
};

describe('the history in words', () => {
  it('says who came, what it ran as, how it ended and what the policy made of it', () => {
    const world = new World();
    const restart = { ...app('').restart, maxRestarts: 1, restartDelayMs: 500 };
    world.up(app('web', { restart }));
    const { pid } = (world.process().phase as { started: { program: { pid: number } } }).started
      .program;
    world.now += 250;
    world.ended(3);
    expect(storyOf(world)).to.deep.equal([
      'daemon 1 (version 0) began',
      'app default/web was defined',
      'web (0): created as instance 0 of default/web',
      `web (0): run ${world.log[3]?.type === 'SpawnRequested' && world.log[3].data.spawnKey} requested: a start was asked for`,
      `web (0): runs as pid ${pid}`,
      `web (0): pid ${pid} exited with code 3 after 250 ms, sooner than 1 s`,
      'web (0): to be started again in 500 ms: failure 1 of the 1 that its policy allows',
    ]);
  });

  it('a signal is told as a signal and a code as a code', () => {
    const world = new World();
    world.up(app('a'), app('b'));
    world.now += 5000;
    world.ended(null, 0, world.key(0), 'SIGKILL');
    world.ended(137, 1);
    const story = storyOf(world).join('\n');
    expect(story).to.match(/a \(0\): pid \d+ was ended by SIGKILL after 5 s$/m);
    expect(story).to.match(/b \(1\): pid \d+ exited with code 137 after 5 s$/m);
  });

  it('an end that was asked for is not called unstable', () => {
    const world = new World();
    world.up(app('web'));
    world.ask({ type: 'StopProcesses', targets: EVERYTHING });
    world.ended(null, 0, world.key(), 'SIGTERM');
    expect(storyOf(world).at(-1)).to.match(/was ended by SIGTERM after 0 ms$/);
  });

  it('what it was not told of before is told without it', () => {
    const world = new World();
    world.up(app('web'));
    world.ended(0);
    const exit = world.log.findLast(({ type }) => type === 'ProcessExited');
    expect(new Narrator().tell(exit as never)).to.deep.equal({
      subject: 'process 0',
      text: 'exited with code 0',
    });
  });
});
