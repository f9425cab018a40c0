import { type ChildProcess, spawn } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';
import { processId } from '../../src/domain/ids.js';
import { openCgroups } from '../../src/platform/cgroup.js';
import { changeOf } from '../../src/platform/file-identity.js';
import { isSame, readStat } from '../../src/platform/proc.js';
import { createFence, readRunFile } from '../../src/platform/run-file.js';
import { treeProgram } from '../support/compile.js';
import { eventually } from '../support/eventually.js';
import {
  cleanUp,
  isNobodyPossible,
  isPossible,
  NOBODY,
  Roster,
  strays,
  tempHome,
} from '../support/programs.js';

const DIST = fileURLToPath(new URL('../../dist/launcher', import.meta.url));

/** Both launchers, and what the shell's cannot do. */
const LAUNCHERS = [
  {
    name: 'the compiled launcher',
    argv: [join(DIST, 'opm-launcher')],
    tells137FromKill: true,
    hasMessages: true,
    isQuick: true,
  },
  {
    name: 'the launcher for the shell',
    argv: ['/bin/sh', join(DIST, 'launcher.sh')],
    tells137FromKill: false,
    hasMessages: false,
    isQuick: false,
  },
] as const;

for (const { name, argv, tells137FromKill, hasMessages, isQuick } of LAUNCHERS) {
  describe(name, () => {
    let home: string;
    let roster: Roster;

    beforeEach(() => {
      home = tempHome();
      mkdirSync(join(home, 'programs'));
      roster = new Roster(join(home, 'programs'));
    });

    afterEach(async () => {
      cleanUp();
      await eventually('nothing is left', () => strays(home).length === 0);
    });

    const launch = (
      key: string,
      slot: string,
      program: readonly string[],
      options: readonly string[] = [],
      as: { readonly uid?: number; readonly gid?: number; readonly limit?: string } = {},
    ): ChildProcess => {
      const { limit, ...user } = as;
      const [file, ...args] = [
        ...(limit ? ['sh', '-c', `ulimit -n ${limit}; exec "$@"`, 'sh'] : []),
        ...argv,
        ...['--lock', join(home, `${slot}.lock`), '--run', join(home, key), '--name', 'web'],
        ...['--out', join(home, 'out'), '--err', join(home, 'err'), ...options],
        '--',
        ...program,
      ] as [string, ...string[]];
      const env = { PATH: process.env.PATH, OPM_SPAWN_KEY: `${home}#0-1-${key}` };
      return spawn(file, args, { cwd: home, env, detached: true, stdio: 'ignore', ...user });
    };

    const ended = (child: ChildProcess): Promise<number | null> =>
      new Promise((resolve) => {
        if (child.exitCode === null) child.on('exit', resolve);
        else resolve(child.exitCode);
      });

    const record = (key: string) => readRunFile(join(home, key));
    const sleeper = (): string[] => [roster.script, roster.file];

    it('claims its key, starts the program once, and writes down how it ended', async () => {
      const child = launch('a', '0', ['sh', '-c', 'echo out; echo err >&2; exit 3']);
      expect(await ended(child)).to.equal(0);
      const file = record('a');
      expect(file?.claim?.launcher.pid).to.equal(child.pid);
      expect(file?.exit).to.include({ code: 3, signal: null });
      expect(file?.empty).to.not.equal(null);
      expect(readFileSync(join(home, 'out'), 'utf8')).to.equal('out\n');
      expect(readFileSync(join(home, 'err'), 'utf8')).to.equal('err\n');
    });

    it('writes down where the output of a run begins and ends, counted over all runs and rotations', async () => {
      await ended(launch('a', '0', ['sh', '-c', 'echo 12345; echo 12 >&2']));
      expect(record('a')).to.deep.include({
        outputFrom: { out: 0, error: 0 },
        outputTo: { out: 6, error: 3 },
      });
      writeFileSync(
        join(home, 'out.pos'),
        `${[1000, 0, 0, 0].map((n) => String(n).padStart(20, '0')).join(' ')}\n`,
      );
      await ended(launch('b', '0', ['sh', '-c', 'echo 1234']));
      expect(record('b')).to.deep.include({
        outputFrom: { out: 1006, error: 3 },
        outputTo: { out: 1011, error: 3 },
      });
    });

    it('has written down who the program is before it does anything', async () => {
      const look = `grep -qE "^(child|start) $$ " ${join(home, 'a')}`;
      await ended(launch('a', '0', ['sh', '-c', look]));
      expect(record('a')?.exit).to.include({ code: 0 });
    });

    it('names the program as the kernel does', async () => {
      launch('a', '0', sleeper());
      const [program] = await eventually(
        'it is up',
        () => roster.living().length === 1 && roster.living(),
      );
      await eventually('its start is written', () => record('a')?.start);
      expect(record('a')?.start?.program).to.deep.equal(program);
      expect(readStat(program!.pid)?.session).to.equal(program!.pid);
    });

    for (const [what, command, expected] of [
      ['exit 0', 'exit 0', { code: 0, signal: null }],
      ['SIGTERM', 'kill -TERM $$', { code: null, signal: 'SIGTERM' }],
      ['SIGKILL', 'kill -KILL $$', { code: null, signal: 'SIGKILL' }],
      [
        'exit 137',
        'exit 137',
        tells137FromKill ? { code: 137, signal: null } : { code: null, signal: 'SIGKILL' },
      ],
    ] as const) {
      it(`records ${what}${what === 'exit 137' && !tells137FromKill ? ' as a signal, which a shell cannot tell' : ''}`, async () => {
        await ended(launch('a', '0', ['sh', '-c', command]));
        expect(record('a')?.exit).to.include(expected);
      });
    }

    it('of twenty with one key one runs the program and the others exit 97', async function () {
      this.timeout(60_000);
      const children = Array.from({ length: 20 }, (_, i) => launch('a', `slot${i}`, sleeper()));
      await eventually(
        'nineteen are refused',
        () => children.filter(({ exitCode }) => exitCode === 97).length === 19,
        30_000,
      );
      await eventually('one is up', () => roster.living().length === 1);
      expect(roster.started()).to.have.length(1);
    });

    it('of five with one slot one runs the program and the others exit 97', async function () {
      this.timeout(60_000);
      const children = Array.from({ length: 5 }, (_, i) => launch(`key${i}`, '0', sleeper()));
      await eventually(
        'four are refused',
        () => children.filter(({ exitCode }) => exitCode === 97).length === 4,
        30_000,
      );
      await eventually('one is up', () => roster.living().length === 1);
      expect(roster.started()).to.have.length(1);
    });

    it('is refused by a fence without touching the slot', async () => {
      createFence(join(home, 'a'), process.pid, 1);
      expect(await ended(launch('a', '0', sleeper()))).to.equal(97);
      expect(existsSync(join(home, '0.lock'))).to.equal(false);
      expect(roster.started()).to.have.length(0);
    });

    it('keeps the slot taken while the program lives, even when the launcher alone is killed', async () => {
      const child = launch('a', '0', sleeper());
      await eventually('it is up', () => roster.living().length === 1);
      process.kill(child.pid!, 'SIGKILL');
      await ended(child);
      expect(await ended(launch('b', '0', sleeper()))).to.equal(97);
      expect(roster.started()).to.have.length(1);
    });

    it('does not end by the signals that are meant for its program', async () => {
      const child = launch('a', '0', sleeper());
      await eventually('it is up', () => roster.living().length === 1);
      for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP'] as const)
        process.kill(child.pid!, signal);
      const [program] = roster.living();
      process.kill(program!.pid, 'SIGTERM');
      expect(await ended(child)).to.equal(0);
      expect(record('a')?.exit).to.include({ signal: 'SIGTERM' });
    });

    it('ends what the leader leaves behind, and only then says that the tree is empty', async () => {
      const command = `(setsid ${roster.script} ${roster.file} &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      expect(await ended(launch('a', '0', ['sh', '-c', command]))).to.equal(0);
      const file = record('a');
      expect(roster.started()).to.have.length(1);
      expect(roster.living()).to.have.length(0);
      expect(file!.empty!.at).to.be.at.least(file!.exit!.at);
    });

    it('knows that what has lost its main thread lives on, and ends it', async function () {
      const file = treeProgram(this);
      await ended(launch('a', '0', [file, 'headless', roster.file]));
      expect(roster.started()).to.have.length(1);
      expect(roster.living()).to.have.length(0);
    });

    it('leaves alone what carries the mark of another run, though it came to this launcher', async () => {
      const mark = `OPM_SPAWN_KEY=${home}#1-1-other`;
      const command = `(env ${mark} setsid ${roster.script} ${roster.file} &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command]));
      expect(record('a')?.empty).to.not.equal(null);
      expect(roster.living()).to.have.length(1);
    });

    it('ends what has left its session and emptied its environment', async () => {
      const command = `(env -i setsid ${roster.script} ${roster.file} &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command]));
      expect(roster.started()).to.have.length(1);
      expect(roster.living()).to.have.length(0);
    });

    it('ends what has left its session, emptied its environment and closed its files, where there are cgroups', async function () {
      const cgroups = openCgroups(`contract-${process.pid}`);
      if (!cgroups) return this.skip();
      const folder = cgroups.slot(processId(0))!;
      const command = `(env -i setsid ${roster.script} ${roster.file} 9>&- &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command], ['--cgroup', folder]));
      expect(roster.started()).to.have.length(1);
      expect(roster.living()).to.have.length(0);
      await eventually('its cgroup can be removed', () => cgroups.remove(processId(0)));
      cgroups.close();
    });

    it('leaves it alive when it is told to', async () => {
      const command = `(setsid ${roster.script} ${roster.file} &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command], ['--leave-tree']));
      expect(record('a')?.empty).to.not.equal(null);
      expect(roster.living()).to.have.length(1);
    });

    it('ends what is never the same process for long', async function () {
      if (!isQuick) return this.skip();
      const file = treeProgram(this);
      const command = `${file} comet ${roster.file} & until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command], ['--kill-timeout', '50']));
      expect(roster.started()).to.not.have.length(0);
      expect(roster.living()).to.have.length(0);
    });

    it('kills at the deadline what ignores the signal', async () => {
      const deaf = join(home, 'deaf.sh');
      writeFileSync(
        deaf,
        `trap '' TERM\n${roster.script} ${roster.file} &\nwhile :; do wait; done\n`,
      );
      const command = `(setsid sh ${deaf} &) ; until [ -s ${roster.file} ]; do sleep 0.02; done`;
      await ended(launch('a', '0', ['sh', '-c', command], ['--kill-timeout', '200']));
      expect(roster.living()).to.have.length(0);
    });

    it('writes down when the program ends a line on its notification descriptor', async () => {
      const go = join(home, 'go');
      const command = `printf half >&4; until [ -e ${go} ]; do sleep 0.02; done; echo >&4; exec sleep 1000 4>&-`;
      launch('a', '0', ['sh', '-c', command], ['--ready', '4']);
      await eventually('its start is written', () => record('a')?.start);
      expect(record('a')?.ready).to.equal(null);
      writeFileSync(go, '');
      const file = await eventually('it is ready', () => record('a')?.ready && record('a'));
      expect(file.ready!.at).to.be.at.least(file.start!.at);
    });

    /** Sees that a run's file gets a new time when its program, which waits for `go`, gives a sign of life then. */
    const showsLife = async (go: string): Promise<void> => {
      await eventually('it is ready', () => record('a')?.ready);
      const before = changeOf(join(home, 'a'));
      writeFileSync(go, '');
      await eventually('it shows life', () => changeOf(join(home, 'a')) !== before);
    };

    it('shows a line on the notification descriptor as a sign of life, whether it was ready before or not', async () => {
      const go = join(home, 'go');
      const command = `echo >&4; until [ -e ${go} ]; do sleep 0.02; done; while :; do echo >&4; sleep 0.05; done`;
      launch('a', '0', ['sh', '-c', command], ['--ready', '4', '--alive', '4']);
      await showsLife(go);
    });

    if (hasMessages)
      it('shows process.send of "alive" as a sign of life, and nothing else', async () => {
        const go = join(home, 'go');
        const program = `
          process.send('ready');
          setInterval(() => process.send(require('node:fs').existsSync('go') ? 'alive' : 'other'), 20);`;
        const options = ['--ready', 'message', '--alive', 'message'];
        launch('a', '0', [process.execPath, '-e', program], options);
        await showsLife(go);
      });

    if (hasMessages)
      it('shows WATCHDOG=1 on the notify socket as a sign of life', async function () {
        if (!isPossible(['python3', '-c', '1'])) this.skip();
        const go = join(home, 'go');
        const program = `import os,socket,time
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)
s.connect(os.environ['NOTIFY_SOCKET'].replace('@','\\0',1))
s.send(b'READY=1')
while True:
  time.sleep(0.02)
  if os.path.exists('${go}'): s.send(b'WATCHDOG=1')`;
        const options = ['--ready', 'notify', '--alive', 'notify'];
        launch('a', '0', ['python3', '-c', program], options);
        await showsLife(go);
      });

    if (hasMessages)
      it('asks a Node program over its channel to shut down when it is told to, whatever tells that it is ready', async () => {
        const program = `
          process.on('message', (text) => process.exit(text === 'shutdown' ? 7 : 8));
          require('node:fs').writeSync(5, '\\n');`;
        const options = ['--messages', '--ready', '5'];
        const child = launch('a', '0', [process.execPath, '-e', program], options);
        await eventually('it listens', () => record('a')?.ready);
        process.kill(child.pid!, 'SIGUSR2');
        expect(await ended(child)).to.equal(0);
        expect(record('a')?.exit).to.include({ code: 7 });
      });

    if (hasMessages)
      it('writes down when the program sends READY=1 to the notify socket, and nothing else', async function () {
        // Few interpreters speak to abstract datagram sockets.
        if (!isPossible(['python3', '-c', '1'])) this.skip();
        const go = join(home, 'go');
        const program = `import os,socket,time
s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM)
to=os.environ['NOTIFY_SOCKET'].replace('@','\\0',1)
s.sendto(b'STATUS=READY=1 soon',to)
while not os.path.exists('${go}'): time.sleep(0.02)
s.sendto(b'STATUS=up\\nREADY=1\\n',to)
time.sleep(1000)`;
        launch('a', '0', ['python3', '-c', program], ['--ready', 'notify']);
        await eventually('its start is written', () => record('a')?.start);
        expect(record('a')?.ready).to.equal(null);
        writeFileSync(go, '');
        await eventually('it is ready', () => record('a')?.ready);
      });

    it('keeps the slot taken by a program that has its notification descriptor where the lock was', async () => {
      const child = launch('a', '0', [roster.script, roster.file], ['--ready', '3']);
      await eventually('it is up', () => roster.living().length === 1);
      const program = roster.living()[0]!;
      process.kill(child.pid!, 'SIGKILL');
      await ended(child);
      expect(await ended(launch('b', '0', sleeper()))).to.equal(97);
      process.kill(program.pid, 'SIGKILL');
    });

    const NODE_PROGRAM = `
      process.send({ type: 'something else' });
      process.on('disconnect', () => process.exit(9));
      require('node:fs').watch('.', (_, name) => name === 'go' && process.send('ready'));
      setInterval(() => process.connected || process.exit(8), 10);`;

    if (hasMessages)
      it('writes down when a Node program sends "ready", and keeps its channel open', async () => {
        launch('a', '0', [process.execPath, '-e', NODE_PROGRAM], ['--ready', 'message']);
        await eventually('its start is written', () => record('a')?.start);
        const { program } = record('a')!.start!;
        await eventually('it listens', () => {
          writeFileSync(join(home, 'go'), '');
          return record('a')?.ready;
        });
        expect(isSame(program)).to.equal(true);
        process.kill(program.pid, 'SIGTERM');
        await eventually('it has ended', () => record('a')?.empty);
        expect(record('a')?.exit).to.include({ signal: 'SIGTERM' });
      });
    else
      it('refuses to run a program that is to send messages, which a shell cannot receive', async () => {
        await ended(launch('a', '0', sleeper(), ['--ready', 'message']));
        expect(record('a')?.fail).to.include({ stage: 'ready', error: 'ENOSYS' });
        expect(roster.started()).to.have.length(0);
      });

    const shown = async (options: readonly string[], command: string): Promise<string> => {
      expect(await ended(launch('a', '0', ['sh', '-c', command], options))).to.equal(0);
      return readFileSync(join(home, 'out'), 'utf8').trim();
    };

    it('gives the program its mask, niceness and limits', async () => {
      const options = ['--umask', '027', '--nice', '7', '--nofile', '123', '--core', '1048576'];
      const command = 'umask; nice; ulimit -n; grep -o "core file size *[0-9]*" /proc/self/limits';
      const [mask, nice, files, core] = (await shown(options, command)).split('\n');
      expect([Number(mask), nice, files]).to.deep.equal([27, '7', '123']);
      expect(core?.replace(/\D/g, '')).to.equal('1048576');
    });

    it('keeps its logs to their owner, whatever the mask of the program', async () => {
      await shown(['--umask', '000'], 'true');
      expect(statSync(join(home, 'out')).mode & 0o777).to.equal(0o600);
    });

    it('runs the program as another user with its groups alone', async function () {
      if (process.getuid?.() !== 0) return this.skip();
      const options = ['--gid', '65534', '--groups', '65534,12', '--uid', '65533'];
      const command = 'grep -E "^(Uid|Gid|Groups):" /proc/self/status';
      const lines = (await shown(options, command)).split('\n');
      const words = lines.map((line) => line.trim().split(/\s+/).slice(1));
      expect(new Set(words[0])).to.deep.equal(new Set(['65533']));
      expect(new Set(words[1])).to.deep.equal(new Set(['65534']));
      expect(words[2]).to.have.members(['65534', '12']);
    });

    for (const [what, option, stage] of [
      ['another user', ['--gid', '0', '--uid', '0'], 'user'],
      ['a better niceness', ['--nice', '-5'], 'limits'],
      ['a higher limit than its own', ['--nofile', '900'], 'limits'],
    ] as const) {
      it(`says that ${what} is not permitted, and runs nothing`, async function () {
        if (!isNobodyPossible()) return this.skip();
        chownSync(home, NOBODY.uid, NOBODY.gid);
        await ended(launch('a', '0', sleeper(), option, { ...NOBODY, limit: '800' }));
        expect(record('a')?.fail?.stage).to.equal(stage);
        // setpriority(2) says it otherwise than all others.
        expect(record('a')?.fail?.error).to.be.oneOf(['EPERM', 'EACCES']);
        expect(record('a')).to.include({ start: null, exit: null });
        expect(record('a')?.empty).to.not.equal(null);
      });
    }

    it('says why a program could not be executed', async () => {
      expect(await ended(launch('a', '0', ['no-such-program']))).to.equal(0);
      expect(record('a')?.fail).to.include({ stage: 'exec', error: 'ENOENT' });
      expect(record('a')?.empty).to.not.equal(null);
    });
  });
}

describe('the compiled launcher alone', () => {
  it('does not show the command line of its program as its own', async () => {
    const home = tempHome();
    const args = [
      '--lock',
      join(home, 'l'),
      '--run',
      join(home, 'r'),
      '--name',
      'web',
      '--',
      'sleep',
      '98765',
    ];
    const child = spawn(join(DIST, 'opm-launcher'), args, { detached: true, stdio: 'ignore' });
    const file = await eventually(
      'it has started',
      () => readRunFile(join(home, 'r'))?.start && readRunFile(join(home, 'r')),
    );
    const shown = readFileSync(`/proc/${child.pid}/cmdline`, 'utf8');
    expect(shown).to.include('opm-launcher web').and.not.include('98765');
    const { program } = file!.start!;
    process.kill(program.pid, 'SIGKILL');
    await eventually('it is gone', () => !isSame(program));
    cleanUp();
  });
});
