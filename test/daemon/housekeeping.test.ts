import { mkdirSync } from 'node:fs';
import { expect } from 'chai';
import { EMPTY } from 'rxjs';
import { keepHouse } from '../../src/daemon/housekeeping.js';
import { epoch, spawnKey } from '../../src/domain/ids.js';
import { initialState } from '../../src/domain/state.js';
import { homePaths, prepareRunDir, runFile } from '../../src/platform/paths.js';
import { cleanUp, tempHome } from '../support/programs.js';

describe('housekeeping', () => {
  afterEach(cleanUp);

  it('says in the journal what it cannot sweep, and lets the daemon go on', () => {
    const [paths, now] = [homePaths(tempHome()), epoch('0123456789abcdef')];
    prepareRunDir(paths, now);
    mkdirSync(runFile(paths, now, spawnKey('0-1-abc')));
    const told: unknown[] = [];
    const journal = { error: (...words: unknown[]) => void told.push(words) };
    keepHouse(paths, now, { state: initialState, recorded$: EMPTY }, journal).close();
    expect(told).to.have.length(1);
    expect(told[0]).to.have.nested.property('[1].error.code', 'EISDIR');
  });
});
