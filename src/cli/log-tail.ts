import { statSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Row } from '../projections/process-table.js';
import { lastLines, readFrom } from './log-files.js';
import { coloured, paint, type Style } from './table.js';

const PREFIX_STYLES: readonly Style[] = ['cyan', 'green', 'yellow', 'dim'];

interface Source {
  readonly row: Row;
  readonly stream: 'out' | 'error';
  readonly path: string;
  position: number;
  rest: string;
}

interface Options {
  readonly folder: string;
  readonly out: boolean;
  readonly error: boolean;
  readonly json: boolean;
}

/** Prints lines of log files, each with the name of whoever wrote it. */
export class LogTail {
  readonly #sources: Source[];
  readonly #options: Options;
  readonly #colour = coloured();

  constructor(rows: readonly Row[], options: Options) {
    this.#options = options;
    const streams = [
      ...(options.out ? (['out'] as const) : []),
      ...(options.error ? (['error'] as const) : []),
    ];
    this.#sources = rows.flatMap((row) =>
      streams.map((stream) => {
        const path = join(options.folder, row.logs[stream]);
        const position = statSync(path, { throwIfNoEntry: false })?.size ?? 0;
        return { row, stream, path, position, rest: '' };
      }),
    );
  }

  /** Prints the last lines of each file. */
  last(count: number): void {
    for (const source of this.#sources) {
      for (const line of lastLines(source.path, count)) this.#print(source, line);
    }
  }

  /** Prints what is written from now on; never resolves. */
  follow(): Promise<never> {
    const byFile = new Map(this.#sources.map((source) => [source.path, source]));
    watch(this.#options.folder, (_, name) => {
      const source = name === null ? undefined : byFile.get(join(this.#options.folder, name));
      if (source) this.#read(source);
    });
    // What was written between the look at the end of the file and the watch.
    for (const source of this.#sources) this.#read(source);
    return new Promise(() => {});
  }

  #read(source: Source): void {
    for (;;) {
      const { text, position } = readFrom(source.path, source.position);
      source.position = position;
      if (text === '') return;
      const lines = (source.rest + text).split('\n');
      source.rest = lines.pop() ?? '';
      for (const line of lines) this.#print(source, line);
    }
  }

  #print({ row, stream }: Source, line: string): void {
    if (this.#options.json) {
      const { id, name, namespace } = row;
      process.stdout.write(`${JSON.stringify({ id, name, namespace, stream, line })}\n`);
      return;
    }
    const style = stream === 'error' ? 'red' : PREFIX_STYLES[row.id % PREFIX_STYLES.length];
    process.stdout.write(`${paint(`${row.id}|${row.name}`, style, this.#colour)}  ${line}\n`);
  }
}
