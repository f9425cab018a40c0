import { expect } from 'chai';
import { treeProgram } from '../support/compile.js';
import { eventually } from '../support/eventually.js';
import { Opm, rostersIn } from '../support/opm.js';
import { cleanUp, isNobodyPossible, NOBODY, type Roster } from '../support/programs.js';

interface Place {
  readonly where: string;
  readonly home: () => Opm;
  readonly possible: () => boolean;
  /** Whether what forks and ends all the time is caught. */
  readonly isQuick: boolean;
}

/** Root may make cgroups, others may not; the shell launcher is no subreaper. */
const PLACES: readonly Place[] = [
  { where: '', home: () => new Opm(), possible: () => true, isQuick: true },
  {
    where: ' for an unprivileged user',
    home: () => new Opm(undefined, {}, NOBODY),
    possible: isNobodyPossible,
    isQuick: true,
  },
  {
    where: ' with the shell launcher for an unprivileged user',
    home: () => new Opm(undefined, { OPM_LAUNCHER: 'shell' }, NOBODY),
    possible: isNobodyPossible,
    isQuick: false,
  },
];

interface Escape {
  readonly how: string;
  /** A command line that brings a copy of the roster up, away from itself, and stays. */
  readonly command: (roster: Roster, tree: () => string) => string;
}

const ESCAPES: readonly Escape[] = [
  {
    how: 'a helper forked from a second thread',
    command: ({ script, file }, tree) => `exec ${tree()} threaded ${script} ${file}`,
  },
  {
    how: 'a helper whose main thread has ended',
    command: ({ file }, tree) => `${tree()} headless ${file}; exec sleep 1000`,
  },
  {
    how: 'a double fork into another session',
    command: ({ script, file }) => `(setsid ${script} ${file} &) ; exec sleep 1000`,
  },
  {
    how: 'the same with an emptied environment',
    command: ({ script, file }) => `(env -i setsid ${script} ${file} &) ; exec sleep 1000`,
  },
];

for (const { where, home, possible, isQuick } of PLACES) {
  describe(`the processes of a run${where}`, function () {
    this.timeout(120_000);

    let opm: Opm;
    let roster: Roster;

    before(function () {
      if (!possible()) this.skip();
    });

    beforeEach(() => {
      opm = home();
      roster = rostersIn(opm, 1)[0]!;
    });

    afterEach(async () => {
      await opm.end();
      cleanUp();
    });

    const startWith = async (command: string): Promise<number> => {
      await opm.run(
        'start',
        command,
        '--name',
        'forker',
        '--no-autorestart',
        '--kill-timeout',
        '300ms',
      );
      await eventually('the helper is up', () => roster.living().length === 1);
      return (await opm.row('forker')).pid!;
    };

    for (const { how, command } of ESCAPES) {
      it(`incident 19: ${how} is gone with its run, stopped or ended by itself`, async function () {
        const line = command(roster, () => treeProgram(this));
        await startWith(line);
        await opm.run('stop', 'forker');
        expect(roster.living(), 'after a stop').to.have.length(0);
        await opm.run('start', 'forker');
        await eventually('the helper is up', () => roster.living().length === 1);
        process.kill((await opm.row('forker')).pid!, 'SIGKILL');
        await opm.status('forker', 'stopped');
        expect(roster.living(), 'after the death of the leader').to.have.length(0);
      });
    }

    for (const [how, form] of [
      ['answers SIGTERM with one more of itself', 'hydra'],
      ['ignores SIGTERM and is never the same process for long', 'comet'],
    ] as const) {
      if (form === 'comet' && !isQuick) continue;

      it(`incident 20: what ${how}, each in a session of its own, is gone at its deadline`, async function () {
        await startWith(`exec ${treeProgram(this)} ${form} ${roster.file}`);
        await opm.run('restart', 'forker');
        const before = roster.started().length;
        await opm.run('stop', 'forker');
        expect(before).to.be.greaterThan(1);
        expect(roster.living()).to.have.length(0);
      });
    }
  });
}
