import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { fill } from '../../bench/history.js';
import { KEEP_ALL } from '../../bench/managers/opm.js';
import { countEvents, deafFollower, flood } from '../../bench/pressure.js';
import { ownCpuMs, rssMb } from '../../bench/processes.js';
import { openLog } from '../../src/log/open.js';
import { eventually } from '../support/eventually.js';
import { cleanUp, Opm } from '../support/opm.js';

const PROGRAMS = 20;
const EVENTS = 20_000;
/** What a follower that were not held back would make the daemon keep is 5 MB each. */
const FOLLOWERS = 30;
const FOLLOWERS_MB = 30;
const CLIENTS = 100;
const REQUESTS = 10;
const FLOOD_MB = 50;
/** In this time the others are answered, on a machine that is busy with something else too. */
const ANSWERED_WITHIN_MS = 8000;
/** Processor time of a daemon that has nothing left to do. */
const AT_REST_MS = 3;

describe('a daemon under pressure', function () {
  this.timeout(90_000);
  let opm: Opm;
  let daemon: number;
  let socket: string;

  before(async () => {
    opm = new Opm(undefined, KEEP_ALL);
    const folder = join(opm.home, 'log');
    mkdirSync(folder, { recursive: true });
    let ids = 0;
    const newId = (): string => {
      ids += 1;
      return `id${String(ids).padStart(10, '0')}`;
    };
    const log = await openLog(folder, { newId, create: true, waitMs: 0 });
    await fill(log, PROGRAMS, EVENTS);
    await log.close();
    await opm.run('daemon', 'start');
    daemon = (await opm.daemonPid())!;
    socket = join(opm.home, 'opm.sock');
  });
  after(async () => {
    await opm.end();
    cleanUp();
  });

  const atRest = (): Promise<unknown> => {
    let used = Number.NEGATIVE_INFINITY;
    const isAtRest = (): boolean => {
      const before = used;
      used = ownCpuMs([daemon]);
      return used - before < AT_REST_MS;
    };
    return eventually('the daemon is at rest', isAtRest, 60_000, 500);
  };

  const expectAnswers = async (): Promise<void> => {
    const from = performance.now();
    expect(await opm.rows()).to.have.length(PROGRAMS);
    expect(performance.now() - from).to.be.below(ANSWERED_WITHIN_MS);
  };

  it('keeps little for followers that do not read, and answers others meanwhile', async () => {
    expect(await countEvents(socket)).to.be.above(EVENTS);
    await atRest();
    const before = rssMb([daemon]);
    const followers = Array.from({ length: FOLLOWERS }, () => deafFollower(socket));
    await expectAnswers();
    await atRest();
    expect(rssMb([daemon]) - before).to.be.below(FOLLOWERS_MB);
    await expectAnswers();
    for (const follower of followers) follower.end();
  });

  it('answers each request of a flood, and others meanwhile, and keeps little of it', async () => {
    await atRest();
    const before = rssMb([daemon]);
    const flooding = flood(socket, CLIENTS, REQUESTS);
    await expectAnswers();
    const statuses = await flooding;
    expect(new Set(statuses)).to.deep.equal(new Set([200]));
    await atRest();
    expect(rssMb([daemon]) - before).to.be.below(FLOOD_MB);
  });
});
