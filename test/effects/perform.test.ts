import { appendFileSync, mkdirSync } from 'node:fs';
import { dirname } from 'node:path';
import { expect } from 'chai';
import { asyncScheduler, firstValueFrom, lastValueFrom, toArray } from 'rxjs';
import { processId, spawnKey } from '../../src/domain/ids.js';
import type { Started } from '../../src/domain/state.js';
import { findLauncher } from '../../src/effects/launcher.js';
import { Performer } from '../../src/effects/perform.js';
import { homeOs } from '../../src/platform/os.js';
import { homePaths, prepareRunDir, runFile } from '../../src/platform/paths.js';
import { identityOf, readStat } from '../../src/platform/proc.js';
import { app, EPOCH } from '../support/given.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('inspecting a run that lives', () => {
  after(cleanUp);

  const KEY = spawnKey('0-1-n');
  const us = identityOf(readStat(process.pid)!);
  const startedAs = (change: Partial<Started> = {}): Started => ({
    program: us,
    launcher: us,
    startedAt: 2,
    adopted: true,
    outputFrom: null,
    ...change,
  });

  /** The facts reported of a run that this test process plays both parts of. */
  const look = async (started: Started | null, boot: boolean) => {
    const paths = homePaths(tempHome());
    const file = runFile(paths, EPOCH, KEY);
    mkdirSync(dirname(file), { recursive: true });
    const who = `${us.pid} ${us.startTicks}`;
    appendFileSync(file, `claim ${who} 1\nstart ${who} 2\n`);
    const performer = new Performer({
      paths,
      epoch: EPOCH,
      launcher: findLauncher({}),
      os: homeOs(paths, EPOCH, null),
      scheduler: asyncScheduler,
      appOf: () => null,
    });
    const runs = [{ process: processId(0), spawnKey: KEY, started }];
    const reports$ = boot ? performer.perform({ type: 'Inspect', runs }) : performer.inspect(runs);
    const reports = await lastValueFrom(reports$.pipe(toArray()));
    return reports.flatMap((report) => (report.type === 'RunsObserved' ? report.facts : []));
  };
  const ADOPTED = {
    kind: 'adopted',
    spawnKey: KEY,
    program: us,
    launcher: us,
    startedAt: 2,
    outputFrom: null,
  };

  it('adopts it when the daemon starts, whatever an earlier daemon knew', async () => {
    expect(await look(startedAs(), true)).to.deep.equal([ADOPTED]);
    expect(await look(null, true)).to.deep.equal([ADOPTED]);
  });

  it('says nothing later, when nothing is new', async () => {
    expect(await look(startedAs(), false)).to.deep.equal([]);
  });

  it('tells when a run that was our child’s is on its own, or has another launcher than was known', async () => {
    expect(await look(startedAs({ adopted: false }), false)).to.deep.equal([ADOPTED]);
    expect(await look(startedAs({ launcher: null }), false)).to.deep.equal([ADOPTED]);
  });
});

describe('launching', () => {
  after(cleanUp);

  it('reports a log file that cannot be set aside, and goes on', async () => {
    const paths = homePaths(tempHome());
    prepareRunDir(paths, EPOCH);
    const fails = () => {
      throw new Error('EROFS: read-only file system');
    };
    const performer = new Performer({
      paths,
      epoch: EPOCH,
      launcher: findLauncher({}),
      os: { ...homeOs(paths, EPOCH, null), setLogAside: fails },
      scheduler: asyncScheduler,
      appOf: () => null,
    });
    const spawned = { process: processId(0), spawnKey: spawnKey('0-1-n') };
    const report = firstValueFrom(performer.reports$);
    const logs = { out: 'x-out.log', error: 'x-error.log' };
    const rest = { app: app('x'), instance: 0, logs, firstRun: true, lane: null };
    performer.perform({ type: 'Launch', ...spawned, ...rest }).subscribe();
    expect(await report).to.deep.equal({
      type: 'RunsObserved',
      facts: [
        {
          kind: 'failed',
          spawnKey: spawned.spawnKey,
          stage: 'launcher',
          error: 'before its start: EROFS: read-only file system',
        },
      ],
    });
  });
});
