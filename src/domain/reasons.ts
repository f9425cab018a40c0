/** Why a run is ended so that another one follows, which is opened for the same reason. */
export type RestartCause = 'restart' | 'watch' | 'memory' | 'unhealthy' | 'cron' | 'schedule';
/** Why a run is opened. */
export type SpawnReason = 'start' | 'crash' | 'restore' | 'scale' | 'retry' | RestartCause;
/** Why a run is ended. */
export type StopCause = 'stop' | 'delete' | 'rollback' | 'kill' | RestartCause;
/** Why nothing is known about the end of a run. */
export type LossReason = 'epoch-ended' | 'no-record' | 'launcher-killed';
