import type { LogSource, TimedLine } from './log-query.js';
import { Output } from './output.js';
import { coloured, paint, type Style } from './table.js';

const PREFIX_STYLES: readonly Style[] = ['cyan', 'green', 'yellow', 'dim'];
const NEWLINE = Buffer.from('\n');

/** Prints lines; `flush` throws OutputClosed when nobody reads them any more. */
export interface LinePrinter {
  print(line: TimedLine): void;
  flush(): void;
}

export interface PrintOptions {
  readonly as: 'prefixed' | 'raw' | 'json';
  readonly highlight: RegExp | null;
}

const jsonOf = ({ source, bytes, at, guessed, position }: TimedLine): string => {
  const { id, name, namespace, stream } = source;
  const line = bytes.toString();
  // What is no UTF-8 has no JSON text: the text is an approximation then, and the bytes stand beside it.
  const exact = bytes.equals(Buffer.from(line)) ? {} : { base64: bytes.toString('base64') };
  const time = { at: Math.round(at), guessed };
  return JSON.stringify({ id, name, namespace, stream, ...time, position, line, ...exact });
};

/** Prints lines, each with the name of whoever wrote it, as raw bytes, or as JSON. */
export class LogPrinter implements LinePrinter {
  readonly #options: PrintOptions;
  readonly #output = new Output();
  readonly #colour = coloured();
  readonly #width: number;
  /** Whose unfinished line stands at the end of what was printed. */
  #open: LogSource | null = null;

  constructor(sources: readonly LogSource[], options: PrintOptions) {
    this.#options = options;
    this.#width = Math.max(0, ...sources.map((source) => this.#label(source).length));
  }

  print(line: TimedLine): void {
    const { as, highlight } = this.#options;
    if (as === 'json') {
      this.#output.write(Buffer.from(`${jsonOf(line)}\n`));
      return;
    }
    const continues = this.#open === line.source;
    if (this.#open && !continues) this.#output.write(NEWLINE);
    this.#open = line.ended ? null : line.source;
    if (as === 'prefixed' && !continues) this.#output.write(Buffer.from(this.#prefix(line.source)));
    this.#output.write(highlight ? this.#highlighted(line.bytes, highlight) : line.bytes);
    if (line.ended) this.#output.write(NEWLINE);
  }

  flush(): void {
    if (this.#open && this.#options.as === 'prefixed') this.#output.write(NEWLINE);
    this.#open = null;
    this.#output.flush();
  }

  #label({ id, name }: LogSource): string {
    return `${id}|${name}`;
  }

  #prefix(source: LogSource): string {
    const style =
      source.stream === 'error' ? 'red' : PREFIX_STYLES[source.id % PREFIX_STYLES.length];
    return `${paint(this.#label(source).padEnd(this.#width), style, this.#colour)}  `;
  }

  #highlighted(bytes: Buffer, pattern: RegExp): Buffer {
    if (!this.#colour) return bytes;
    const text = bytes.toString();
    const marked = text.replaceAll(pattern, (found) => paint(found, 'bold', true));
    return marked === text ? bytes : Buffer.from(marked);
  }
}
