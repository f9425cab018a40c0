import { problemOf } from './decide-restore.js';
import type { Decision } from './decision.js';
import { hopelessReason } from './dependency.js';
import type { ProcessId, Seq } from './ids.js';
import { restart } from './lifecycle.js';
import { accept, unknownTarget } from './outcome.js';
import type { Outcome, Refusal, Request } from './request.js';
import { type Process, type Reload, type State, wasDone } from './state.js';
import { resolveTargets } from './target.js';

/** How long a process of a reload must stay up before the next one is restarted: time to fail at once. */
export const RELOAD_HOLD_MS = 200;

/** The processes of an open reload that it has not judged yet, the current one first. */
export const owedBy = ({ members, current }: Reload): readonly ProcessId[] =>
  current === null ? members : members.slice(members.indexOf(current.process));

/** Whether the current process of a reload is not on its way up any more. */
export const isStepSettled = (state: State, { current }: Reload): boolean => {
  const process = current && state.processes.get(current.process);
  if (!process || process.wanted === 'down') return true;
  const { phase } = process;
  if (phase.is === 'online') return phase.ready.is !== 'awaited';
  if (phase.is === 'blocked') return hopelessReason(state, process) !== null;
  return phase.is !== 'launching' && phase.is !== 'stopping';
};

const complete = (
  decision: Decision,
  reload: Reload,
  failed: { readonly process: ProcessId; readonly problem: string } | null,
): void => {
  const owed = owedBy(reload);
  const left = failed ? owed.slice(1) : owed;
  decision.emit('ReloadCompleted', { reload: reload.seq, failed, left }, { because: reload.seq });
};

/** Somebody stopped or deleted it meanwhile: a reload brings nothing back. */
const isOver = (process: Process | undefined): boolean =>
  !process || process.deleting || process.wanted === 'down';

const openReload = (decision: Decision, seq: Seq): Reload | undefined =>
  decision.state.reloads.find((reload) => reload.seq === seq);

/** Restarts the next process of a reload, or completes it when there is none. */
const step = (decision: Decision, reload: Reload): void => {
  const rest = reload.current ? owedBy(reload).slice(1) : reload.members;
  const next = rest.find((id) => !isOver(decision.state.processes.get(id)));
  if (next === undefined) {
    const data = { reload: reload.seq, failed: null, left: [] };
    decision.emit('ReloadCompleted', data, { because: reload.seq });
    return;
  }
  const data = { reload: reload.seq, process: next };
  const because = decision.emit('ReloadStepped', data, { because: reload.seq });
  restart(decision, decision.process(next), 'restart', because);
};

const canWait = ({ phase, leaving }: Process): boolean =>
  (phase.is === 'launching' || phase.is === 'online') && leaving === null;

/** Restarts processes one after another; those that do not run are brought up at once. */
export const beginReload = (decision: Decision, ids: readonly ProcessId[]): void => {
  const members = ids.filter((id) => canWait(decision.process(id)));
  for (const id of ids) if (!members.includes(id)) restart(decision, decision.process(id));
  if (members.length === 0) return;
  for (const id of members) decision.want(id, 'up');
  const seq = decision.emit('ReloadRequested', { members });
  step(decision, openReload(decision, seq) as Reload);
};

/** Why these cannot be reloaded now, or null: two reloads of one app would take down more than one of it at once. */
export const reloadRefusal = (state: State, ids: readonly ProcessId[]): Refusal | null => {
  const busy = state.reloads.flatMap(owedBy).find((id) => ids.includes(id));
  const app = busy === undefined ? undefined : state.processes.get(busy)?.app;
  if (app === undefined) return null;
  const message = `"${app}" is being reloaded already; nothing was done`;
  const hint = 'reload again when that is done, or `opm restart` it';
  return { code: 'RELOAD_OPEN', message, hint };
};

export const reload = (
  decision: Decision,
  { targets }: Extract<Request, { type: 'ReloadProcesses' }>,
): Outcome => {
  const resolved = resolveTargets(decision.state, targets);
  if ('unknown' in resolved) return unknownTarget(resolved.unknown, resolved.suggestion);
  const processes = resolved.processes.map(({ id }) => id);
  const refusal = reloadRefusal(decision.state, processes);
  if (refusal) return { refusal };
  beginReload(decision, processes);
  return accept({ processes });
};

/** The verdict on the current process of a reload, which had time to fail. */
export const judgeReload = (decision: Decision, seq: Seq, id: ProcessId): void => {
  const open = openReload(decision, seq);
  if (!open || open.current?.process !== id || !isStepSettled(decision.state, open)) return;
  const process = decision.state.processes.get(id);
  const problem =
    process === undefined || isOver(process) || wasDone(process)
      ? null
      : problemOf(decision.state, process, open.current);
  if (problem === null) step(decision, open);
  else complete(decision, open, { process: id, problem });
};

/** Ends every reload where it is: nothing is to be started by itself from now on. */
export const endReloads = (decision: Decision): void => {
  for (const open of decision.state.reloads) complete(decision, open, null);
};
