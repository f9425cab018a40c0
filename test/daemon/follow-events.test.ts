import { expect } from 'chai';
import { Subject } from 'rxjs';
import { followEvents } from '../../src/daemon/follow-events.js';
import type { Decided } from '../../src/domain/event.js';
import { processId } from '../../src/domain/ids.js';
import { MemoryLog } from '../support/memory-log.js';

describe('following the log', () => {
  const open = () => {
    const log = new MemoryLog();
    const recorded$ = new Subject<void>();
    const record = async (...processes: number[]) => {
      const events = processes.map(
        (id) =>
          ({
            type: 'WantedChanged',
            data: { process: processId(id), wanted: 'up' },
            causedBy: null,
            runKey: null,
          }) as Decided,
      );
      await log.append({ events, at: 1, request: null, record: null, durable: false });
      recorded$.next();
    };
    return { log, recorded$, record };
  };

  const take = async (iterator: AsyncIterator<{ seq: number }>, count: number) => {
    const seqs: number[] = [];
    while (seqs.length < count) seqs.push((await iterator.next()).value.seq);
    return seqs;
  };

  it('gives what is there and what comes, each once and in order', async () => {
    const { log, recorded$, record } = open();
    await record(...Array.from({ length: 600 }, () => 1));
    const events = followEvents(log, recorded$, { after: 0 })[Symbol.asyncIterator]();
    expect(await take(events, 600)).to.deep.equal(Array.from({ length: 600 }, (_, i) => i + 1));
    const coming = take(events, 3);
    await record(1);
    await record(1, 1);
    expect(await coming).to.deep.equal([601, 602, 603]);
  });

  it('begins at the end when it is not told where', async () => {
    const { log, recorded$, record } = open();
    await record(1, 1);
    const events = followEvents(log, recorded$, {})[Symbol.asyncIterator]();
    const coming = take(events, 1);
    await record(1);
    expect(await coming).to.deep.equal([3]);
  });

  it('passes over the events of other processes', async () => {
    const { log, recorded$, record } = open();
    await record(1, 2, 1, 2);
    const events = followEvents(log, recorded$, { after: 0, process: 2 })[Symbol.asyncIterator]();
    expect(await take(events, 2)).to.deep.equal([2, 4]);
  });

  it('misses nothing that is recorded while the follower is busy with what it has', async () => {
    const { log, recorded$, record } = open();
    await record(1);
    const events = followEvents(log, recorded$, { after: 0 })[Symbol.asyncIterator]();
    expect(await take(events, 1)).to.deep.equal([1]);
    await record(1, 1);
    expect(await take(events, 2)).to.deep.equal([2, 3]);
  });

  it('ends, and lets go of the log, when the follower leaves while it waits', async () => {
    const { log, recorded$ } = open();
    const events = followEvents(log, recorded$, {})[Symbol.asyncIterator]();
    const waiting = events.next();
    expect(recorded$.observed).to.equal(true);
    await events.return?.();
    expect(await waiting).to.include({ done: true });
    expect(recorded$.observed).to.equal(false);
  });
});
