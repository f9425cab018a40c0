import type { App } from '../domain/app.js';
import type { EventData, Recorded, RestoreSource } from '../domain/event.js';
import type { OsProcess } from '../domain/os-process.js';
import { launchFailure } from '../domain/reasons.js';
import { policyInWords } from './policy-in-words.js';
import {
  causeInWords,
  counted,
  lossInWords,
  reasonInWords,
  spanned,
  statusInWords,
} from './wording.js';

/** What an event is about, where that is known. */
export interface About {
  readonly run:
    | {
        readonly started: { readonly program: OsProcess; readonly startedAt: number } | null;
        /** Not null when its end was asked for. */
        readonly stop: object | null;
      }
    | undefined;
  readonly app: App | undefined;
}

const sourceInWords = (source: RestoreSource): string => {
  switch (source.kind) {
    case 'wanted':
      return 'what is wanted up';
    case 'label':
      return `what was wanted up at label "${source.label}"`;
    case 'seq':
      return `what was wanted up at event ${source.seq}`;
  }
};

const exited = ({ exit }: EventData['ProcessExited'], { run, app }: About): string => {
  const who = run?.started ? `pid ${run.started.program.pid} ` : '';
  const how = exit.signal ? `was ended by ${exit.signal}` : `exited with ${statusInWords(exit)}`;
  const core = exit.coreDumped ? ', core dumped' : '';
  const memory = exit.signal === 'SIGKILL' && exit.oomKills > 0 ? ', out of memory' : '';
  if (!run?.started) return `${who}${how}${core}${memory}`;
  const uptimeMs = exit.exitedAt - run.started.startedAt;
  const limit = app?.restart.minUptimeMs ?? 0;
  const unstable = uptimeMs < limit && !run.stop ? `, sooner than ${spanned(limit)}` : '';
  return `${who}${how}${core}${memory} after ${spanned(uptimeMs)}${unstable}`;
};

const scheduled = ({ delayMs, failures, maxRestarts }: EventData['RestartScheduled']): string => {
  const pause = `to be started again in ${spanned(delayMs)}`;
  return failures === 0
    ? `${pause}; this end does not count against it`
    : `${pause}: failure ${failures} of the ${maxRestarts} that its policy allows`;
};

const completed = ({ outcome, results }: EventData['RestoreCompleted']): string => {
  const up = results.filter((result) => /^(started|already-up)$/.test(result.outcome)).length;
  const undone = outcome === 'rolled-back' ? ', and what it had started was stopped again' : '';
  return `the restore is complete: ${up} of ${results.length} up${undone}`;
};

/** One event in words, told of the process that it is about. A new type fails to compile until it is told. */
export const eventInWords = (event: Recorded, about: About): string => {
  switch (event.type) {
    case 'DaemonStarted':
      return `daemon ${event.data.pid} (version ${event.data.version}) began`;
    case 'DaemonStopped':
      return `the daemon stopped: ${event.data.reason}`;
    case 'AppDefined':
      return `app ${event.data.app.namespace}/${event.data.app.name} was defined`;
    case 'AppChanged': {
      const { app, keys, outdates } = event.data;
      const when = outdates ? '; runs that were open then keep the old definition' : '';
      return `app ${app.namespace}/${app.name} was changed: ${keys.join(', ')}${when}`;
    }
    case 'AppRenamed':
      return `app ${event.data.app} was renamed ${event.data.namespace}/${event.data.name}`;
    case 'AppScaled':
      return `app ${event.data.app} was scaled to ${counted(event.data.instances, 'instance')}`;
    case 'ProcessCreated':
      return `created as instance ${event.data.instance} of ${event.data.app}`;
    case 'WantedChanged':
      return `wanted ${event.data.wanted} from here on`;
    case 'DeleteRequested':
      return 'to be deleted';
    case 'ProcessRemoved':
      return 'deleted';
    case 'CountersReset':
      return 'counters reset';
    case 'SignalRequested':
      return `${event.data.signal} was asked for`;
    case 'SignalSent':
      return `${event.data.signal} ${event.data.delivered ? 'was sent' : 'could not be delivered'}`;
    case 'LabelSaved':
      return `label "${event.data.label}"`;
    case 'RequestRepeated':
      return 'a request came again under its key; it got its first answer and changed nothing';
    case 'HistoryPruned':
      return `${event.data.events} events up to ${event.data.through} were dropped from the log`;
    case 'StrayEnded':
      return `pid ${event.data.program.pid}, a stray of run ${event.data.spawnKey}, was killed`;
    case 'SpawnRequested':
      return `run ${event.data.spawnKey} requested: ${reasonInWords(event.data.reason)}`;
    case 'ProcessStarted':
      return `runs as pid ${event.data.program.pid}`;
    case 'SpawnFailed':
      return launchFailure(event.data);
    case 'SpawnAbandoned':
      return `run ${event.data.spawnKey} never ran; its key is fenced, so it never can`;
    case 'DuplicateSuppressed':
      return event.data.why === 'slot-taken'
        ? 'a second copy was refused by the kernel: something of an earlier run still held the slot'
        : 'a second launcher of the same run was refused by the kernel';
    case 'ProcessAdopted':
      return `found alive as pid ${event.data.program.pid} and taken over${event.data.launcher ? '' : ', though its launcher is gone'}`;
    case 'StopRequested': {
      const { signal, cause, deadlineAt } = event.data;
      const patience = spanned(deadlineAt - event.at);
      return `to be ended with ${signal}, and with SIGKILL after ${patience}: ${causeInWords(cause)}`;
    }
    case 'StopEscalated':
      return 'not all of it had ended by its deadline: SIGKILL';
    case 'ProcessExited':
      return exited(event.data, about);
    case 'ProcessLost':
      return `lost: ${lossInWords(event.data.reason)}`;
    case 'RestartScheduled':
      return scheduled(event.data);
    case 'RestartCancelled':
      return 'the restart that it waited for was cancelled';
    case 'ProcessErrored': {
      const { failures, windowMs } = event.data;
      return `given up: ${counted(failures, 'failure')} within ${spanned(windowMs)}`;
    }
    case 'ErrorOutputNoted':
    case 'SpawnDeferred':
    case 'StopDeferred':
    case 'StopWithdrawn':
    case 'ProcessReady':
    case 'ReadinessOverdue':
    case 'LivenessFailed':
    case 'MemoryExceeded':
    case 'FilesChanged':
    case 'ScheduleArmed':
    case 'ScheduleTicked':
    case 'ScheduleMissed':
      return policyInWords(event);
    case 'ReloadRequested':
      return `a reload was asked for, one after another: ${counted(event.data.members.length, 'process', 'processes')}`;
    case 'ReloadStepped':
      return 'its turn in the reload';
    case 'ReloadCompleted': {
      const { failed, left } = event.data;
      const rest = left.length === 0 ? '' : `; left as they were: ${left.join(', ')}`;
      return failed
        ? `the reload ended at process ${failed.process}: ${failed.problem}${rest}`
        : `the reload was completed${rest}`;
    }
    case 'RestoreRequested': {
      const { runKey, members, source } = event.data;
      return `restore ${runKey} was asked for: ${sourceInWords(source)}, ${counted(members.length, 'process', 'processes')}`;
    }
    case 'RestoreJoined':
      return `a restore was asked for again and joined ${event.data.runKey}`;
    case 'RestoreRolledBack': {
      const failed = event.data.failed.map(
        ({ process, problem }) => `process ${process}: ${problem}`,
      );
      return `restore ${event.data.runKey} is rolled back because of ${failed.join('; ')}`;
    }
    case 'RestoreCompleted':
      return completed(event.data);
  }
};
