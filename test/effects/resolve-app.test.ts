import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { AppSpec } from '../../src/config/app-keys.js';
import { DEFAULT_RESTART, DEFAULT_STOP } from '../../src/domain/app.js';
import { EMPTY_ENVIRONMENT } from '../../src/domain/environment.js';
import { resolveApp } from '../../src/effects/resolve-app.js';
import { ResolveError } from '../../src/effects/resolve-error.js';

describe('a definition that is completed', () => {
  let cwd: string;
  before(() => {
    cwd = mkdtempSync(join(tmpdir(), 'opm-resolve-'));
    const files = { 'app.js': 0o644, 'run.sh': 0o755, 'lib.sh': 0o644, data: 0o644, tool: 0o755 };
    for (const [name, mode] of Object.entries(files)) {
      writeFileSync(join(cwd, name), '#!/bin/sh\n');
      chmodSync(join(cwd, name), mode);
    }
    for (const name of ['plain', 'plain.txt']) writeFileSync(join(cwd, name), '');
    mkdirSync(join(cwd, 'bin'));
    for (const name of ['node', 'bash', 'serve']) {
      writeFileSync(join(cwd, 'bin', name), '#!/bin/sh\n', { mode: 0o755 });
    }
  });
  after(() => rmSync(cwd, { recursive: true }));

  const resolved = (draft: AppSpec) =>
    resolveApp(draft, {
      cwd,
      env: { PATH: join(cwd, 'bin'), HOME: '/home/me', SHOP: '1' },
      source: null,
    });

  const codeOf = (draft: AppSpec): string => {
    try {
      resolved(draft);
    } catch (error) {
      if (error instanceof ResolveError) return error.code;
      throw error;
    }
    return 'accepted';
  };

  it('needs nothing but its script', () => {
    expect(resolved({ script: 'app.js' })).to.deep.equal({
      name: 'app',
      namespace: 'default',
      command: {
        script: join(cwd, 'app.js'),
        args: [],
        interpreter: 'node',
        interpreterArgs: [],
        shell: false,
      },
      cwd,
      env: { ...EMPTY_ENVIRONMENT, base: { PATH: join(cwd, 'bin'), HOME: '/home/me' } },
      instances: 1,
      autostart: true,
      restart: DEFAULT_RESTART,
      stop: DEFAULT_STOP,
      policies: {},
      source: null,
    });
  });

  it('keeps everything that was said', () => {
    const app = resolved({
      script: 'app.js',
      name: 'web',
      namespace: 'shop',
      env: { HOME: '/other', A: '1' },
      instances: 3,
      max_restarts: 0,
      exp_backoff_restart_delay: 5,
      kill_timeout: 0,
      kill_signal: 'SIGINT',
      treekill: false,
    });
    expect(app).to.include({ name: 'web', namespace: 'shop', instances: 3 });
    expect(app.env.values).to.deep.equal({ HOME: '/other', A: '1' });
    expect(app.restart).to.deep.equal({ ...DEFAULT_RESTART, maxRestarts: 0, backoffInitialMs: 5 });
    const stop = { killSignal: 'SIGINT', killTimeoutMs: 0, treekill: false };
    expect(app.stop).to.deep.equal({ ...DEFAULT_STOP, ...stop });
  });

  const read: readonly (readonly [string, AppSpec, string | null, boolean])[] = [
    ['a shell script that may be executed runs itself', { script: 'run.sh' }, null, false],
    ['a shell script that may not is read by bash', { script: 'lib.sh' }, 'bash', false],
    ['a file that may be executed runs itself', { script: './tool' }, null, false],
    ['a program on PATH runs itself', { script: 'serve' }, null, false],
    [
      'a file with neither extension nor first line is read by node',
      { script: './plain' },
      'node',
      false,
    ],
    ['a file is read by what its first line names', { script: './data' }, '/bin/sh', false],
    ['a line with spaces goes to the shell', { script: 'serve --port 80' }, null, true],
    ['a given interpreter wins', { script: 'app.js', interpreter: 'bash' }, 'bash', false],
    [
      'a program on PATH is read by a given interpreter',
      { script: 'serve', interpreter: 'bash' },
      'bash',
      false,
    ],
    ['"none" means that it runs itself', { script: 'run.sh', interpreter: 'none' }, null, false],
  ];
  for (const [title, draft, interpreter, shell] of read) {
    it(title, () => {
      expect(resolved(draft).command).to.include({ interpreter, shell });
    });
  }

  it('with an interpreter is no line for the shell', () => {
    const problem = { script: 'serve --port 80', interpreter: 'bash' };
    expect(() => resolved(problem))
      .to.throw()
      .with.property('code', 'SCRIPT_NOT_FOUND');
  });

  it('is named after its file, or after the first word of its command line', () => {
    expect(resolved({ script: 'run.sh' }).name).to.equal('run');
    expect(resolved({ script: 'serve --port 80' }).name).to.equal('serve');
  });

  const refused: readonly (readonly [string, AppSpec, string])[] = [
    ['a missing script', { script: 'none.js' }, 'SCRIPT_NOT_FOUND'],
    ['a folder for a script', { script: './bin' }, 'SCRIPT_NOT_FOUND'],
    ['a file that may not be executed', { script: './plain.txt' }, 'SCRIPT_NOT_READABLE'],
    ['a missing interpreter', { script: 'app.js', interpreter: 'cobol' }, 'INTERPRETER_NOT_FOUND'],
    ['a missing folder', { script: 'app.js', cwd: 'nowhere' }, 'CWD_NOT_USABLE'],
    ['a file for a folder', { script: 'app.js', cwd: 'data' }, 'CWD_NOT_USABLE'],
    [
      'a missing file of variables',
      { script: 'app.js', env_file: ['.env'] },
      'ENV_FILE_NOT_READABLE',
    ],
    ['an unknown signal', { script: 'app.js', kill_signal: 'SIGFOO' }, 'INVALID_APP'],
  ];
  for (const [what, draft, code] of refused) {
    it(`with ${what} is refused as ${code}`, () => {
      expect(codeOf(draft)).to.equal(code);
    });
  }

  it('has one descriptor to write line feeds to', () => {
    const told = (fd: number): AppSpec => ({
      script: 'app.js',
      ready: { descriptor: 3 },
      health: { descriptor: fd },
    });
    expect(resolved(told(3)).policies.liveness?.probe).to.deep.equal({ kind: 'descriptor', fd: 3 });
    expect(() => resolved(told(4))).to.throw(ResolveError, /health.descriptor is 4/);
  });
});
