import { execFileSync } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import {
  checkDirectory,
  checkExecutable,
  checkReadableFile,
  findOnPath,
} from '../../src/platform/executable.js';
import { cleanUp, isNobodyPossible, runAsNobody, tempHome } from '../support/programs.js';

describe('what a path is good for', () => {
  let folder: string;
  beforeEach(() => {
    folder = tempHome();
    writeFileSync(join(folder, 'plain'), '');
    writeFileSync(join(folder, 'program'), '#!/bin/sh\n', { mode: 0o755 });
    mkdirSync(join(folder, 'folder'));
    symlinkSync('program', join(folder, 'link'));
    symlinkSync('nowhere', join(folder, 'dangling'));
    symlinkSync('loop', join(folder, 'loop'));
  });
  afterEach(cleanUp);

  const TRUTH = [
    // path, executable, readable file, folder
    ['program', null, null, 'not-a-directory'],
    ['link', null, null, 'not-a-directory'],
    ['plain', 'not-executable', null, 'not-a-directory'],
    ['folder', 'not-a-file', 'not-a-file', null],
    ['nowhere', 'missing', 'missing', 'missing'],
    ['dangling', 'missing', 'missing', 'missing'],
    ['loop', 'missing', 'missing', 'missing'],
    ['plain/below', 'missing', 'missing', 'missing'],
  ] as const;
  for (const [path, executable, readable, directory] of TRUTH)
    it(`is known of ${path}`, () => {
      const absolute = join(folder, path);
      expect(checkExecutable(absolute)).to.equal(executable);
      expect(checkReadableFile(absolute)).to.equal(readable);
      expect(checkDirectory(absolute)).to.equal(directory);
    });

  it('depends on who asks', function () {
    if (!isNobodyPossible()) this.skip();
    const paths = ['program', 'closed', 'closed/file'].map((path) => join(folder, path));
    execFileSync(
      'sh',
      ['-c', `chmod 711 . && mkdir -m 700 closed && touch closed/file && chmod 700 program`],
      {
        cwd: folder,
      },
    );
    const code = `import * as x from '../src/platform/executable.ts';
      const [program, closed, file] = ${JSON.stringify(paths)};
      console.log([x.checkReadableFile(program), x.checkExecutable(program), x.checkDirectory(closed),
        x.checkReadableFile(file)].join());`;
    expect(runAsNobody(code)).to.equal('unreadable,not-executable,unreadable,unreadable');
  });
});

describe('searching PATH', () => {
  let folder: string;
  beforeEach(() => {
    folder = tempHome();
    for (const name of ['a', 'b', 'c']) mkdirSync(join(folder, name));
    mkdirSync(join(folder, 'a', 'tool'));
    writeFileSync(join(folder, 'b', 'tool'), '');
    writeFileSync(join(folder, 'c', 'tool'), '', { mode: 0o755 });
  });
  afterEach(cleanUp);

  const pathOf = (...names: string[]) => names.map((name) => join(folder, name)).join(':');

  it('passes over folders and files that cannot be executed', () => {
    expect(findOnPath('tool', pathOf('nowhere', 'a', 'b', 'c'))).to.equal(join(folder, 'c/tool'));
    expect(findOnPath('tool', pathOf('a', 'b'))).to.equal(null);
  });

  it('does not search for a name with a slash', () => {
    expect(findOnPath('c/tool', '/bin', folder)).to.equal(join(folder, 'c/tool'));
    expect(findOnPath('c/tool', folder, '/')).to.equal(null);
  });

  it('takes an empty entry for the current folder', () => {
    expect(findOnPath('tool', '/nowhere:', join(folder, 'c'))).to.equal(join(folder, 'c/tool'));
  });

  it('has a default when PATH is not set, and finds nothing for an empty name', () => {
    expect(findOnPath('sh', undefined)).to.match(/\/bin\/sh$/);
    expect(findOnPath('', '/bin')).to.equal(null);
  });
});
