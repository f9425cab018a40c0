/** What an app may ask for beyond being kept up. Each part is absent where nobody asked for it. */

/** Limit on the memory of the whole process tree. */
export interface MemoryPolicy {
  /** Resident memory above this restarts the process. */
  readonly maxBytes: number;
  /** Time between two looks. */
  readonly intervalMs: number;
}

/** Restarts when files change. */
export interface WatchPolicy {
  /** Absolute. */
  readonly paths: readonly string[];
  /** Globs and paths, relative ones to the working directory, beside what is ignored for every app. */
  readonly ignore: readonly string[];
  /** Quiet time after a change before the restart. */
  readonly delayMs: number;
  /** Interval of looks for file systems that notify nobody; 0 relies on the kernel's notifications. */
  readonly pollMs: number;
  readonly followSymlinks: boolean;
}

/** A program that is run at times instead of being kept up. */
export interface Schedule {
  /** Cron pattern of 5 fields, or 6 with seconds first. */
  readonly cron: string;
  /** What a tick does while the last run is still open. */
  readonly overlap: 'skip' | 'queue' | 'replace';
  /** IANA name of the time zone of the pattern; null is the daemon's own. */
  readonly timeZone: string | null;
}

/** How the program's process is made up before it is executed. Absent: as the daemon's own. */
export interface ProcessSetup {
  /** Number or name of a user and of a group. */
  readonly uid?: string;
  readonly gid?: string;
  readonly umask?: number;
  /** -20 to 19 (nice(2)). */
  readonly nice?: number;
  /** RLIMIT_NOFILE (getrlimit(2)). */
  readonly maxOpenFiles?: number;
  /** RLIMIT_CORE; bytes. */
  readonly maxCoreBytes?: number;
}

/** One way to ask a program how it is. */
export type Probe =
  /** Connects to a port. */
  | { readonly kind: 'tcp'; readonly host: string; readonly port: number }
  /** Any of these statuses; an empty list is 200 to 399. */
  | { readonly kind: 'http'; readonly url: string; readonly status: readonly number[] }
  /** A line of its output, standard or error, that matches this regular expression. */
  | { readonly kind: 'output'; readonly pattern: string }
  /** A command line for the shell that ends with code 0, run in the app's folder and environment. */
  | { readonly kind: 'command'; readonly command: string }
  /** `process.send` of Node: 'ready', or 'alive'. */
  | { readonly kind: 'message' }
  /** A newline on this file descriptor, as s6 has it. */
  | { readonly kind: 'descriptor'; readonly fd: number }
  /** `READY=1`, or `WATCHDOG=1`, on the socket that NOTIFY_SOCKET names (sd_notify(3)). */
  | { readonly kind: 'notify' };

/** The ways that ask the program, or somebody about it. */
export type AskingProbe = Extract<Probe, { kind: 'tcp' | 'http' | 'command' }>;

/** When a program that runs is ready. */
export interface Readiness {
  readonly probe: Probe;
  /** Not ready after this is a failure. */
  readonly timeoutMs: number;
  /** Time between two tries of probes that ask. */
  readonly intervalMs: number;
}

/** When a program that is ready is no longer well and is started again. */
export interface Liveness {
  /** A probe that does not ask expects a line, or another sign of life, between two tries. */
  readonly probe: Probe;
  readonly intervalMs: number;
  /** A try that takes longer has failed. */
  readonly timeoutMs: number;
  /** Failures in a row that restart it. */
  readonly failures: number;
}

/** What another app must have reached before this one is started. */
export interface Dependency {
  /** Name of an app of the same namespace, or `namespace/name`. */
  readonly app: string;
  readonly condition: 'started' | 'ready' | 'exited-successfully';
}

/** Where output goes, and as what. Absent: to `logs/` of the home, byte by byte. */
export interface LogPolicy {
  /** Absolute. */
  readonly outFile?: string;
  readonly errorFile?: string;
  /** Both streams in one file. */
  readonly mergedFile?: string;
  /** Instances share their files. */
  readonly mergeInstances?: boolean;
  /** Each line begins with its time. */
  readonly time?: boolean;
  /** Of the time, as day.js has it: `YYYY-MM-DD HH:mm:ss`. */
  readonly dateFormat?: string;
  /** Each line is an object of JSON. */
  readonly json?: boolean;
}

/** Parts of a definition that are there when somebody asked for them. */
export interface Policies {
  readonly memory?: MemoryPolicy;
  readonly watch?: WatchPolicy;
  /** Cron pattern at whose ticks a process that is wanted up is restarted. */
  readonly cronRestart?: string;
  readonly schedule?: Schedule;
  readonly setup?: ProcessSetup;
  readonly readiness?: Readiness;
  readonly liveness?: Liveness;
  readonly dependsOn?: readonly Dependency[];
  readonly logs?: LogPolicy;
}

/**
 * How far the clock and a tick may be apart. A tick that is found later than this has been missed: no daemon lived, or the
 * machine slept. One that was recorded further ahead than this is of a clock that was set back since.
 */
export const TICK_SLACK_MS = 60_000;

/** What holds where a part is asked for without saying more. */
export const POLICY_DEFAULTS = {
  memory: { intervalMs: 10_000 },
  watch: { delayMs: 500, pollMs: 1000 },
  readiness: { intervalMs: 500, timeoutMs: 30_000 },
  /** For `wait_ready`, which PM2 gives up sooner. */
  waitReadyMs: 3000,
  liveness: { intervalMs: 10_000, timeoutMs: 5000, failures: 3 },
  schedule: { overlap: 'skip' },
  dependency: { condition: 'ready' },
} as const;
