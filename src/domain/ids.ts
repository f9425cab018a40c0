/**
 * Ids as brands: a plain string or number becomes one only where data enters (the API, the log),
 * so a pid can never be passed where a process id is meant.
 */
declare const brand: unique symbol;
type Brand<T, Name extends string> = T & { readonly [brand]: Name };

/** Number of a process slot, counted from 0 in its home; never reused. */
export type ProcessId = Brand<number, 'ProcessId'>;
/** Position in the log, counted from 1 without gaps. */
export type Seq = Brand<number, 'Seq'>;
/** Names one attempt to run one process, for ever: `<process>-<run>-<nonce>`. */
export type SpawnKey = Brand<string, 'SpawnKey'>;
/** Names one restore run. */
export type RunKey = Brand<string, 'RunKey'>;
/** The idempotency key of a request, chosen by whoever asks. */
export type RequestKey = Brand<string, 'RequestKey'>;
/** One life of the process-id space: boot id, pid namespace and start time of pid 1. */
export type Epoch = Brand<string, 'Epoch'>;
/** `<namespace>/<name>`: unique among the living apps of a home. */
export type AppKey = Brand<string, 'AppKey'>;

export const processId = (n: number): ProcessId => n as ProcessId;
export const seq = (n: number): Seq => n as Seq;
export const spawnKey = (s: string): SpawnKey => s as SpawnKey;
export const runKey = (s: string): RunKey => s as RunKey;
export const requestKey = (s: string): RequestKey => s as RequestKey;
export const epoch = (s: string): Epoch => s as Epoch;
export const appKey = (namespace: string, name: string): AppKey => `${namespace}/${name}` as AppKey;

/**
 * The spawn key of a process's next attempt. The nonce makes it unique even when the end of the log
 * was lost with the power and the run number is counted a second time.
 */
export const nextSpawnKey = (process: ProcessId, run: number, nonce: string): SpawnKey =>
  spawnKey(`${process}-${run}-${nonce}`);

/** The process that a spawn key belongs to, or null when the text is no spawn key. */
export const processOfSpawnKey = (key: string): ProcessId | null => {
  const match = /^(\d+)-\d+-[\w-]+$/.exec(key);
  return match ? processId(Number(match[1])) : null;
};
