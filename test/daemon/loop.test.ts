import { expect } from 'chai';
import { EMPTY, VirtualTimeScheduler } from 'rxjs';
import { Loop, type LoopDeps } from '../../src/daemon/loop.js';
import type { Recorded } from '../../src/domain/event.js';
import { requestKey, type Seq, seq } from '../../src/domain/ids.js';
import { initialState } from '../../src/domain/state.js';
import { LogError } from '../../src/log/errors.js';
import type { Append } from '../../src/log/event-log.js';
import { app, EPOCH } from '../support/given.js';

/** A log in memory whose disk can be taken away. */
class Disk {
  broken: LogError | null = null;
  readonly events: Recorded[] = [];

  async append({ events, at, request }: Append): Promise<readonly Recorded[]> {
    if (this.broken) throw this.broken;
    const next = (): Seq => seq(this.events.length + 1);
    for (const event of events)
      this.events.push({ ...event, seq: next(), id: '', at, request } as Recorded);
    return this.events.slice(-events.length);
  }

  async request(): Promise<undefined> {
    if (this.broken?.code === 'LOG_CLOSED') throw this.broken;
  }
}

const build = () => {
  const disk = new Disk();
  const scheduler = new VirtualTimeScheduler();
  const bugs: unknown[] = [];
  const deps: LoopDeps = {
    log: disk,
    scheduler,
    newNonce: () => 'nonce',
    perform: () => EMPTY,
    recorded: () => {},
    fatal: (error) => bugs.push(error),
  };
  const loop = new Loop(initialState, deps);
  const start = (key: string) =>
    loop.submit(
      { type: 'StartApps', apps: [app(key)], existing: 'refuse' },
      { key: requestKey(key), bodyHash: key, actor: { uid: 0, command: 'test' } },
    );
  const types = (): string[] => disk.events.map(({ type }) => type);
  return { disk, scheduler, bugs, loop, start, types };
};

const DAEMON_STARTED = { type: 'DaemonStarted', pid: 1, version: '0', epoch: EPOCH } as const;

describe('the loop on a disk that fails', () => {
  for (const code of ['LOG_WRITE_FAILED', 'LOG_CLOSED'] as const) {
    it(`refuses a request with the reason, and serves the next one (${code})`, async () => {
      const { disk, bugs, loop, start } = build();
      await loop.report(DAEMON_STARTED);
      disk.broken = new LogError(code, 'no space left');
      expect(await start('a').catch((error: LogError) => error.code)).to.equal(code);
      disk.broken = null;
      expect(await start('b')).to.have.property('answer');
      expect([...loop.state.apps.values()].map(({ name }) => name)).to.deep.equal(['b']);
      expect(bugs).to.deep.equal([]);
    });
  }

  it('records a fact later, once, and says meanwhile why not', async () => {
    const { disk, scheduler, loop, types } = build();
    const troubles: string[] = [];
    loop.trouble$.subscribe(({ message }) => troubles.push(message));
    disk.broken = new LogError('LOG_WRITE_FAILED', 'no space left');
    const recorded = loop.report(DAEMON_STARTED);
    await new Promise(setImmediate);
    expect(types()).to.deep.equal([]);
    expect(troubles).to.deep.equal(['no space left']);
    disk.broken = null;
    scheduler.flush();
    await recorded;
    expect(types()).to.deep.equal(['DaemonStarted']);
  });

  it('lets the daemon end without its last word', async () => {
    const { disk, loop, bugs, types } = build();
    await loop.report(DAEMON_STARTED);
    disk.broken = new LogError('LOG_WRITE_FAILED', 'the disk is gone');
    await loop.report({ type: 'DaemonStopping', reason: 'SIGTERM' });
    expect(types()).to.deep.equal(['DaemonStarted']);
    expect(bugs).to.deep.equal([]);
  });

  it('ends the daemon on anything else, which is a bug', async () => {
    const { disk, bugs, loop } = build();
    disk.append = () => Promise.reject(new TypeError('a bug'));
    void loop.report(DAEMON_STARTED);
    await new Promise(setImmediate);
    expect(bugs).to.have.length(1);
  });
});

describe('the loop when it is flooded', () => {
  it('lets a thousand requests wait, refuses more, and takes them again afterwards', async () => {
    const { loop, start } = build();
    await loop.report(DAEMON_STARTED);
    const answers = await Promise.all(
      Array.from({ length: 1002 }, (_, i) =>
        start(`a${i}`).then(
          () => 'taken',
          (error: { code: string }) => error.code,
        ),
      ),
    );
    expect(answers.filter((answer) => answer === 'taken')).to.have.length(1000);
    expect(answers.at(-1)).to.equal('DAEMON_BUSY');
    expect(await start('late')).to.have.property('answer');
  });
});
