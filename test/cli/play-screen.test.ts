import { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { expect } from 'chai';
import { PlayScreen } from '../../src/cli/play-screen.js';
import { initialState } from '../../src/domain/state.js';
import { Playback } from '../../src/projections/playback.js';
import { eventually } from '../support/eventually.js';
import { app, World } from '../support/given.js';

const [LEFT, RIGHT, HOME, END, PAGE_DOWN] = [
  '\u001b[D',
  '\u001b[C',
  '\u001b[H',
  '\u001b[F',
  '\u001b[6~',
];

/** A terminal that remembers what was done to it. */
class Terminal {
  readonly keys = Object.assign(new PassThrough(), {
    setRawMode: (isRaw: boolean) => {
      this.isRaw = isRaw;
      return this.keys;
    },
  });
  readonly screen = Object.assign(new EventEmitter(), {
    rows: 24,
    columns: 100,
    write: (text: string) => {
      this.written += text;
      return true;
    },
  });
  isRaw = false;
  written = '';

  get head(): string {
    return /^(.*?)\r\n/.exec(this.written.split('\u001b[2J').at(-1) ?? '')?.[1] ?? '';
  }

  /** Waits until the first line of the screen begins like this. */
  shows(head: string): Promise<unknown> {
    return eventually(`the screen shows ${head}`, () => this.head.startsWith(head));
  }
}

describe('playing a history on a terminal', () => {
  const play = (speed: number) => {
    const world = new World();
    world.up(app('web'));
    world.now += 3_600_000;
    world.ended(7);
    world.started();
    const terminal = new Terminal();
    const playback = new Playback(initialState, world.log);
    const ended = new PlayScreen(playback, {
      input: terminal.keys as never,
      output: terminal.screen as never,
      speed,
      lines: world.log.map(({ type }) => type),
    }).run();
    return { terminal, ended, playback, count: world.log.length };
  };

  it('keys step back and forth, and the screen shows the table of that moment', async () => {
    const { terminal, ended, playback, count } = play(1);
    terminal.keys.write(' ');
    terminal.keys.write(HOME);
    await terminal.shows('0 of');
    terminal.keys.write(RIGHT + RIGHT + RIGHT + LEFT);
    await terminal.shows('2 of');
    expect(terminal.written).to.include('AppDefined');
    terminal.keys.write(END);
    await terminal.shows(`${count} of ${count}`);
    expect(terminal.written).to.include('online');
    terminal.keys.write(HOME + PAGE_DOWN);
    await terminal.shows(`${Math.min(10, count)} of`);
    terminal.keys.write('q');
    await ended;
    expect(playback.position).to.equal(Math.min(10, count));
  });

  it('plays to the end by itself, and shortens an hour in which nothing happened', async () => {
    const { terminal, ended, count } = play(100);
    await terminal.shows(`${count} of ${count}`);
    expect(terminal.head).to.include('the end');
    terminal.keys.write('q');
    await ended;
  });

  for (const [what, keys] of [
    ['q', 'q'],
    ['Ctrl-C', '\u0003'],
  ] as const) {
    it(`leaves the terminal as it was after ${what}`, async () => {
      const { terminal, ended } = play(1);
      expect(terminal.isRaw).to.equal(true);
      terminal.keys.write(keys);
      await ended;
      expect(terminal.isRaw).to.equal(false);
      expect(terminal.written.endsWith('\u001b[?25h\u001b[?1049l')).to.equal(true);
      expect(terminal.screen.listenerCount('resize')).to.equal(0);
      expect(process.listenerCount('SIGHUP')).to.equal(0);
    });
  }
});
