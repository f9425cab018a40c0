import type * as z from 'zod';
import type { App } from '../domain/app.js';
import type { Recorded } from '../domain/event.js';
import type { Seq } from '../domain/ids.js';
import type { Answer, PlannedApp } from '../domain/request.js';
import type { Process } from '../domain/state.js';
import type { Beginning } from '../projections/beginning.js';
import type { Row } from '../projections/process-table.js';
import type { Progress } from '../projections/request-outcome.js';
import type { RestoreReport } from '../projections/restore-report.js';
import type { InputName, Schemas } from './input-schemas.js';

/** What the daemon says about itself. */
export interface DaemonInfo {
  readonly running: true;
  readonly pid: number;
  readonly version: string;
  readonly home: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly epoch: string;
  readonly launcher: 'native' | 'shell';
  readonly cgroups: boolean;
  readonly events: Seq;
}

/** Everything about one process. */
export interface ProcessInfo {
  readonly row: Row;
  readonly app: App;
  readonly process: Process;
}

/** A living process that carries our marker and that no open run accounts for. */
export interface Stray {
  readonly pid: number;
  readonly startTicks: number;
  readonly spawnKey: string;
  readonly command: string;
}

/** A log that was renamed or deleted while a program wrote to it. */
export interface MovedLog {
  readonly process: number;
  readonly name: string;
  readonly stream: 'out' | 'error';
  /** Where it went. */
  readonly file: string;
}

/** What opening logs anew came to. */
export interface LogsReloaded {
  /** Logs that have their names back; what they held is in the files that they had been renamed to. */
  readonly retaken: readonly MovedLog[];
  /** Programs that write to another file than the one that bears the log's name. */
  readonly detached: readonly MovedLog[];
}

/** What an audit looked at and found. */
export interface AuditReport {
  readonly events: number;
  /** The first event that was looked at; more than 1 where earlier ones were dropped. */
  readonly since: number;
  readonly runs: number;
  /** Different spawn keys. */
  readonly keys: number;
  readonly requests: number;
  readonly restores: number;
  /** Hash of the last event. */
  readonly head: string;
  /** Whether the log was held against the operating system as well. */
  readonly live: boolean;
  readonly problems: readonly {
    readonly seqs: readonly Seq[];
    readonly what: string;
    readonly message: string;
  }[];
}

export interface Accepted extends Answer {
  /** The answer is that of an earlier request with the same key. */
  readonly repeated: boolean;
}

interface Route<Input extends InputName, Response, Kind extends 'json' | 'stream' = 'json'> {
  /** Of the body for POST, of the query for GET. By its name: a daemon loads schemas when the first input comes. */
  readonly input: Input;
  /** Whether it is a request that the log records: it needs an Idempotency-Key. */
  readonly mutates: boolean;
  readonly kind: Kind;
  readonly summary: string;
  /** Only for the types: never set. */
  readonly response?: Response;
}

const query = <I extends InputName, R>(input: I, summary: string): Route<I, R> => ({
  input,
  mutates: false,
  kind: 'json',
  summary,
});
const mutation = <I extends InputName>(input: I, summary: string): Route<I, Accepted> => ({
  input,
  mutates: true,
  kind: 'json',
  summary,
});
const stream = <I extends InputName, R>(input: I, summary: string): Route<I, R, 'stream'> => ({
  input,
  mutates: false,
  kind: 'stream',
  summary,
});

/**
 * Every route of the API: the one definition from which validation, the OpenAPI document and the typed
 * client come.
 */
export const routes = {
  'GET /v1/daemon': query<'nothing', DaemonInfo>('nothing', 'What the daemon is'),
  'POST /v1/daemon/stop': query<'nothing', { stopping: true }>(
    'nothing',
    'Stop the daemon; the programs go on',
  ),
  'GET /v1/processes': query<'nothing', readonly Row[]>('nothing', 'The process table'),
  'GET /v1/state': query<'atQuery', { seq: Seq; infos: readonly ProcessInfo[] }>(
    'atQuery',
    'Every process with its definition, now or at a seq or time',
  ),
  'GET /v1/beginning': query<'sinceQuery', { beginning: Beginning | null }>(
    'sinceQuery',
    'How things stood before a moment, or where the log was cut; null when nothing was before',
  ),
  'GET /v1/audit': query<'nothing', AuditReport>(
    'nothing',
    'Check the log: hash chain, invariants, and against the operating system',
  ),
  'GET /v1/strays': query<'nothing', readonly Stray[]>(
    'nothing',
    'Processes with our marker that no open run accounts for',
  ),
  'POST /v1/strays/end': query<'nothing', readonly Stray[]>('nothing', 'End them'),
  'POST /v1/apps': mutation('startBody', 'Define apps and start them'),
  'POST /v1/apps/plan': query<'planBody', readonly PlannedApp[]>(
    'planBody',
    'What applying definitions would come to',
  ),
  'POST /v1/apps/apply': mutation('applyBody', 'Make apps what their definitions say'),
  'POST /v1/apps/adjust': mutation('adjustBody', 'Change one definition in place'),
  'POST /v1/processes/start': mutation('targetsBody', 'Start existing processes'),
  'POST /v1/processes/stop': mutation('targetsBody', 'Stop processes'),
  'POST /v1/processes/restart': mutation('targetsBody', 'Restart processes'),
  'POST /v1/processes/reload': mutation(
    'targetsBody',
    'Restart processes one after another, each when the one before is up',
  ),
  'POST /v1/processes/delete': mutation('targetsBody', 'Delete processes'),
  'POST /v1/processes/reset': mutation('targetsBody', 'Reset restart counters'),
  'POST /v1/processes/signal': mutation('signalBody', 'Send a signal to programs'),
  'POST /v1/apps/scale': mutation('scaleBody', 'Change how many instances an app has'),
  'POST /v1/labels': mutation('labelBody', 'Label this point of the log'),
  'POST /v1/restores': mutation('restoreBody', 'Bring up what is wanted up'),
  'POST /v1/history/prune': mutation(
    'pruneBody',
    'Drop what was recorded before a moment, except what open runs and labels need',
  ),
  'POST /v1/shutdown': mutation('nothing', 'End every program; leave what is wanted'),
  'GET /v1/restore': query<'restoreQuery', RestoreReport>(
    'restoreQuery',
    'What a restore run came to',
  ),
  'POST /v1/logs/flush': query<'targetsBody', { files: number }>('targetsBody', 'Empty log files'),
  'POST /v1/logs/reload': query<'nothing', LogsReloaded>(
    'nothing',
    'Read the settings of logs again, and give logs that were renamed under their programs their names back',
  ),
  'GET /v1/outcome': stream<'outcomeQuery', Progress>(
    'outcomeQuery',
    'Follow how many processes of a request have settled; ends when all have',
  ),
  'GET /v1/events': stream<'eventsQuery', Recorded>(
    'eventsQuery',
    'Events of the log, and with follow=1 those to come',
  ),
} as const;

export type Routes = typeof routes;
export type RouteName = keyof Routes;
type SchemaOf<Name extends RouteName> = Schemas[Routes[Name]['input']];
export type InputOf<Name extends RouteName> = z.input<SchemaOf<Name>>;
export type ParsedOf<Name extends RouteName> = z.output<SchemaOf<Name>>;
export type ResponseOf<Name extends RouteName> = NonNullable<Routes[Name]['response']>;
type NamesOf<Kind> = {
  [N in RouteName]: Routes[N]['kind'] extends Kind ? N : never;
}[RouteName];
export type JsonRoute = NamesOf<'json'>;
export type StreamRoute = NamesOf<'stream'>;
export type MutationRoute = {
  [N in RouteName]: ResponseOf<N> extends Accepted ? N : never;
}[RouteName];
