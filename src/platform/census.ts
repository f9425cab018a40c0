import { DAEMON_VARIABLE, type Mark, parseMark, SPAWN_KEY_VARIABLE } from './marker.js';
import {
  argvOf,
  type ChildrenMap,
  childrenMap,
  environOf,
  environValue,
  type ProcessTable,
  scan,
} from './proc.js';

/** Who is there, and whose: one pass over /proc, shared by all questions of one moment. */
export interface Census {
  /** Who took it: never a member of any run. */
  readonly self: number;
  readonly table: ProcessTable;
  readonly children: ChildrenMap;
  /** Marks of any home, by the pid of the process that was started with it; a zombie's shows no more. */
  readonly marks: ReadonlyMap<number, Mark>;
  /** Living daemons of any home that a command launched; no part of the run they were launched from. */
  readonly daemons: ReadonlySet<number>;
  /** The argument vector of a process as it shows when asked; see `argvOf`. */
  argv(pid: number): readonly string[] | null;
}

/**
 * Takes stock of all processes. It costs two small reads a process, so take one census for many runs rather
 * than one each. What may not be read (another user's environment, unless we are root) bears no mark.
 */
export const takeCensus = (): Census => {
  const table = scan();
  const marks = new Map<number, Mark>();
  const daemons = new Set<number>();
  for (const stat of table.values()) {
    const environ = environOf(stat.pid);
    if (environ === null) continue;
    const value = environValue(environ, SPAWN_KEY_VARIABLE);
    const mark = value === null ? null : parseMark(value);
    if (mark) marks.set(stat.pid, mark);
    else if (environValue(environ, DAEMON_VARIABLE) !== null) daemons.add(stat.pid);
  }
  return { self: process.pid, table, children: childrenMap(table), marks, daemons, argv: argvOf };
};
