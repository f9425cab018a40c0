import { followLogs } from './log-follow.js';
import { endOfFinished } from './log-lines.js';
import type { LinePrinter } from './log-printer.js';
import { type LogQuery, type LogSource, linesOf, mergeLines } from './log-query.js';
import { OutputClosed } from './output.js';

/** Prints the lines that a query wants, and with `follow` those to come. Ends when nobody reads them any more. */
export const showLogs = async (
  sources: readonly LogSource[],
  query: LogQuery,
  { printer, follow }: { readonly printer: LinePrinter; readonly follow: boolean },
): Promise<void> => {
  try {
    // Unfinished lines are left to whoever follows.
    const ends = new Map(
      sources.map((source) => {
        const kept = source.log.bounds();
        return [source, follow ? endOfFinished(source.log, kept) : kept.to];
      }),
    );
    const lines = sources.map((source) => linesOf(source, query, ends.get(source)));
    for (const line of mergeLines(lines)) printer.print(line);
    printer.flush();
    if (follow) await followLogs(ends, query, printer);
  } catch (error) {
    if (!(error instanceof OutputClosed)) throw error;
  }
};
