import type { ProcessInfo } from '../api/routes.js';
import type { Client } from '../client/client.js';
import { ClientError } from '../client/client-error.js';
import { keyOf } from '../domain/app.js';
import { type ProcessId, processId } from '../domain/ids.js';
import { initialState, type State } from '../domain/state.js';
import { parseTarget, resolveTargets, type Target } from '../domain/target.js';
import { readInfos } from './read-home.js';

const parseTargets = (texts: readonly string[]): Target[] =>
  texts.map((text) => {
    const parsed = parseTarget(text);
    if ('target' in parsed) return parsed.target;
    throw new ClientError(
      'BAD_TARGET',
      parsed.problem,
      'an id, a name, a namespace, all, or /regex/',
    );
  });

/** As much of the state of a home as its table tells: what there is, and how it is defined. */
export const stateOf = (infos: readonly ProcessInfo[]): State => ({
  ...initialState,
  apps: new Map(infos.map(({ app }) => [keyOf(app), app])),
  processes: new Map(infos.map(({ process }) => [process.id, process])),
});

/** The processes that targets name, with or without a daemon. All of them when none is given. */
export const readTargets = async (
  client: Client,
  texts: readonly string[],
): Promise<readonly ProcessInfo[]> => {
  const targets = parseTargets(texts.length === 0 ? ['all'] : texts);
  const infos = await readInfos(client);
  const resolved = resolveTargets(stateOf(infos), targets);
  if ('processes' in resolved) {
    const ids = new Set(resolved.processes.map(({ id }) => id));
    return infos.filter(({ process }) => ids.has(process.id));
  }
  const { unknown, suggestion } = resolved;
  const hint = suggestion ? `did you mean "${suggestion}"?` : '`opm list` shows what there is';
  throw new ClientError(
    'UNKNOWN_TARGET',
    `no process, name or namespace matches "${unknown}"`,
    hint,
  );
};

/** The same refusal for whoever asks about the past: what is gone has only its id left. */
export const orById = (error: ClientError): ClientError =>
  error.code === 'UNKNOWN_TARGET'
    ? new ClientError(
        error.code,
        error.message,
        `${error.hint}; one that was deleted is named by its id (\`opm history --type ProcessRemoved\`)`,
      )
    : error;

/** Their ids; a number is taken as it is, so that a process that is gone can still be named. */
export const readProcessIds = async (
  client: Client,
  texts: readonly string[],
): Promise<readonly ProcessId[]> => {
  const isId = (text: string): boolean => /^\d+$/.test(text);
  const others = texts.filter((text) => !isId(text));
  const found =
    others.length === 0
      ? []
      : await readTargets(client, others).catch((error: ClientError) => {
          throw orById(error);
        });
  return [
    ...texts.filter(isId).map((text) => processId(Number(text))),
    ...found.map(({ process }) => process.id),
  ];
};
