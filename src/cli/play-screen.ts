import { emitKeypressEvents } from 'node:readline';
import type { Playback } from '../projections/playback.js';
import { processTable } from '../projections/process-table.js';
import { formatTime } from './format.js';
import { renderRows } from './process-rows.js';

/** Pause between two events that are played, ms: the real one by the speed, within these. */
const [SHORTEST_MS, LONGEST_MS] = [40, 1500];
const PAGE = 10;
const [SLOWEST, FASTEST] = [0.125, 1024];

const ENTER = '\u001b[?1049h\u001b[?25l';
const LEAVE = '\u001b[?25h\u001b[?1049l';
const REDRAW = '\u001b[H\u001b[2J';

const HELP = 'space play/pause   ← → step   PgUp PgDn ten   Home End   + - speed   q quit';

export interface PlayOptions {
  readonly input: NodeJS.ReadStream;
  readonly output: NodeJS.WriteStream;
  readonly speed: number;
  /** Each event of the playback as a line. */
  readonly lines: readonly string[];
}

/** Steps through a stretch of history on a terminal, by keys or by itself. */
export class PlayScreen {
  readonly #playback: Playback;
  readonly #options: PlayOptions;
  #speed: number;
  #isPlaying = true;
  #timer: NodeJS.Timeout | null = null;
  #finish = (): void => {};

  constructor(playback: Playback, options: PlayOptions) {
    this.#playback = playback;
    this.#options = options;
    this.#speed = options.speed;
  }

  /** Resolves when somebody quits; the terminal is then as it was, whatever ends us. */
  async run(): Promise<void> {
    const { input, output } = this.#options;
    const restore = (): void => {
      input.setRawMode(false);
      output.write(LEAVE);
    };
    const quit = (): void => this.#finish();
    const redraw = (): void => this.#draw();
    const press = (_text: string, key: { readonly sequence?: string }): void =>
      this.#press(key.sequence ?? '');
    emitKeypressEvents(input);
    process.once('exit', restore);
    process.once('SIGTERM', quit).once('SIGHUP', quit);
    input.on('keypress', press).setRawMode(true);
    output.on('resize', redraw).write(ENTER);
    try {
      await new Promise<void>((resolve) => {
        this.#finish = resolve;
        input.on('end', resolve).resume();
        this.#draw();
        this.#schedule();
      });
    } finally {
      if (this.#timer) clearTimeout(this.#timer);
      input.off('keypress', press).pause();
      output.off('resize', redraw);
      process.off('SIGTERM', quit).off('SIGHUP', quit).off('exit', restore);
      restore();
    }
  }

  #press(key: string): void {
    const { position, events } = this.#playback;
    switch (key) {
      case 'q':
      case '\u0003':
      case '\u001b':
        this.#finish();
        return;
      case ' ':
        this.#isPlaying = !this.#isPlaying;
        break;
      case '+':
        this.#speed = Math.min(FASTEST, this.#speed * 2);
        break;
      case '-':
        this.#speed = Math.max(SLOWEST, this.#speed / 2);
        break;
      default: {
        const target = targetOf(key, position, events.length);
        if (target === null) return;
        this.#isPlaying = false;
        this.#playback.moveTo(target);
      }
    }
    this.#draw();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = null;
    const { event, next, position } = this.#playback;
    if (!this.#isPlaying || !next) return;
    const realMs = event ? next.at - event.at : 0;
    const pauseMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, realMs / this.#speed));
    this.#timer = setTimeout(() => {
      this.#playback.moveTo(position + 1);
      this.#draw();
      this.#schedule();
    }, pauseMs);
  }

  #draw(): void {
    const { output, lines } = this.#options;
    const { position, events, event, next, state } = this.#playback;
    const at = (event ?? next)?.at ?? 0;
    const mode = !next ? 'the end' : this.#isPlaying ? `playing, ${this.#speed}×` : 'paused';
    const head = `${position} of ${events.length}   ${formatTime(at)}   ${mode}`;
    const rows = processTable(state);
    const table = rows.length === 0 ? 'There are no processes yet.' : renderRows(rows, at);
    const told = lines[position - 1] ?? 'before the first event';
    const frame = [head, told, '', ...table.split('\n')].slice(0, Math.max(4, output.rows - 2));
    output.write(`${REDRAW}${frame.join('\r\n')}\u001b[${output.rows};1H${HELP}`);
  }
}

/** Where a key that moves goes; null when it is none. */
const targetOf = (key: string, position: number, length: number): number | null => {
  switch (key) {
    case '\u001b[C':
    case 'n':
      return position + 1;
    case '\u001b[D':
    case 'p':
      return position - 1;
    case '\u001b[6~':
      return position + PAGE;
    case '\u001b[5~':
      return position - PAGE;
    case '\u001b[H':
    case '\u001b[1~':
      return 0;
    case '\u001b[F':
    case '\u001b[4~':
      return length;
  }
  return null;
};
