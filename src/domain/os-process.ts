/** A process of the operating system, named so that a recycled pid is never mistaken for it. */
export interface OsProcess {
  readonly pid: number;
  /** Field 22 of /proc/PID/stat (proc(5)): clock ticks since boot. */
  readonly startTicks: number;
}

/** What a program's leader ended with: a code or a signal, never both (wait(2)). */
export interface ExitStatus {
  readonly code: number | null;
  readonly signal: string | null;
}

/** The launcher's exit record. Times in epoch ms. */
export interface ExitRecord extends ExitStatus {
  readonly coreDumped: boolean;
  /** When the leader ended. */
  readonly exitedAt: number;
  /** When nothing of the tree was left. */
  readonly closedAt: number;
  readonly userMs: number;
  readonly systemMs: number;
  readonly maxRssBytes: number;
  /** Kills by the kernel's out-of-memory killer on this machine during the run, if a SIGKILL ended it. */
  readonly oomKills: number;
}

/** Places in the streams of a process's two logs: how many bytes were ever written to each. */
export interface LogPositions {
  readonly out: number;
  readonly error: number;
}

/** The logs of a process: file names inside the home's `logs/`. */
export interface LogFiles {
  readonly out: string;
  readonly error: string;
}
