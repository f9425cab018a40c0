import { type App, keyOf } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { AppKey, ProcessId, Seq } from '../domain/ids.js';
import { definitionChanges, type FieldChange } from './definition-changes.js';
import type { Row } from './process-table.js';
import { counted, processName, statusInWords, tallied } from './wording.js';

/** One process of a table. */
export interface Entry {
  readonly row: Row;
  readonly app: App;
}

/** `passing`: created and deleted in between, so in neither table. */
export type ChangeKind = 'created' | 'deleted' | 'changed' | 'passing';

export interface ProcessChange {
  readonly process: ProcessId;
  readonly name: string;
  readonly kind: ChangeKind;
  readonly fields: readonly FieldChange[];
  /** What happened in between, in words; empty when nothing but a request did. */
  readonly between: string;
  /** Its events in between. */
  readonly seqs: readonly Seq[];
}

/** What became of a table between two events. */
export interface TableDiff {
  readonly from: Seq;
  readonly to: Seq;
  readonly events: number;
  readonly changes: readonly ProcessChange[];
  readonly unchanged: number;
}

const FIELDS: Readonly<Record<string, (row: Row) => string | null>> = {
  status: ({ status }) => status,
  wanted: ({ wanted }) => wanted,
  pid: ({ pid }) => (pid === null ? null : String(pid)),
  run: ({ spawnKey }) => spawnKey,
  restarts: ({ restarts }) => String(restarts),
  'last exit': ({ lastExit }) => lastExit && `${statusInWords(lastExit)}, ${lastExit.reason}`,
};

const rowChanges = (before: Row | undefined, after: Row): FieldChange[] =>
  Object.entries(FIELDS)
    .map(([field, read]) => ({ field, from: before ? read(before) : null, to: read(after) }))
    .filter(({ from, to }) => from !== to);

const endInWords = (event: Recorded): string | null => {
  if (event.type === 'ProcessExited') return statusInWords(event.data.exit);
  if (event.type === 'ProcessLost') return 'lost';
  return event.type === 'SpawnFailed' ? 'could not be executed' : null;
};

const betweenOf = (events: readonly Recorded[]): string => {
  const began = events.filter(({ type }) => type === 'ProcessStarted').length;
  const ends = events.map(endInWords).filter((end) => end !== null);
  const parts = [
    ...(began > 0 ? [`${counted(began, 'run')} began`] : []),
    ...(ends.length > 0 ? [`${ends.length} ended: ${tallied(ends)}`] : []),
  ];
  return parts.join(', ');
};

/** Names of the processes that were created in between. */
const namesOf = (events: readonly Recorded[]): Map<ProcessId, AppKey> =>
  new Map(
    events.flatMap((event) =>
      event.type === 'ProcessCreated' ? [[event.data.process, event.data.app] as const] : [],
    ),
  );

/** Compares two tables of one home; `events` are those recorded between them. */
export const tableDiff = (
  before: { readonly seq: Seq; readonly infos: readonly Entry[] },
  after: { readonly seq: Seq; readonly infos: readonly Entry[] },
  events: readonly Recorded[],
): TableDiff => {
  const [old, fresh] = [before, after].map(
    ({ infos }) => new Map(infos.map((entry) => [entry.row.id, entry])),
  ) as [Map<ProcessId, Entry>, Map<ProcessId, Entry>];
  const created = namesOf(events);
  const own = new Map<ProcessId, Recorded[]>();
  for (const event of events) {
    if (!('process' in event.data)) continue;
    const known = own.get(event.data.process);
    if (known) known.push(event);
    else own.set(event.data.process, [event]);
  }
  const changeOf = (id: ProcessId): ProcessChange => {
    const [was, is] = [old.get(id), fresh.get(id)];
    const app = (is ?? was)?.app;
    const key = app ? keyOf(app) : created.get(id);
    const passed = own.get(id) ?? [];
    return {
      process: id,
      name: key ? processName(key, id) : `process ${id}`,
      kind: was && is ? 'changed' : is ? 'created' : was ? 'deleted' : 'passing',
      fields: is
        ? [...rowChanges(was?.row, is.row), ...(was ? definitionChanges(was.app, is.app) : [])]
        : [],
      between: betweenOf(passed),
      seqs: passed.map(({ seq }) => seq),
    };
  };
  const ids = [...new Set([...old.keys(), ...fresh.keys(), ...created.keys()])];
  const all = ids.sort((a, b) => a - b).map(changeOf);
  const changes = all.filter(
    ({ kind, fields, between }) => kind !== 'changed' || fields.length > 0 || between !== '',
  );
  const unchanged = all.length - changes.length;
  return { from: before.seq, to: after.seq, events: events.length, changes, unchanged };
};
