/** Why a run is ended so that another one follows, which is opened for the same reason. */
export type RestartCause = 'restart' | 'watch' | 'memory' | 'unhealthy' | 'cron' | 'schedule';
/** Why a run is opened. */
export type SpawnReason = 'start' | 'crash' | 'restore' | 'scale' | 'retry' | RestartCause;
/** Why a run is ended. */
export type StopCause = 'stop' | 'delete' | 'rollback' | 'kill' | RestartCause;
/** Why nothing is known about the end of a run. */
export type LossReason = 'epoch-ended' | 'no-record' | 'launcher-killed';

const STAGES: Readonly<Record<string, string>> = {
  out: 'its log could not be opened',
  err: 'its error log could not be opened',
  pipe: 'the pipes to the log reader could not be made',
  limits: 'its limits could not be set',
  user: 'its user could not be taken',
  ready: 'what it is to tell its readiness by could not be made',
  launcher: 'its launcher could not be started',
};

/** Why nothing ran, in words. The stage is the launcher's, see `fail` in src/launcher/README.md. */
export const launchFailure = ({
  stage,
  error,
}: {
  readonly stage: string;
  readonly error: string;
}): string => `${STAGES[stage] ?? 'could not be executed'}: ${error}`;
