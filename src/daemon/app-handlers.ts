import { ApiError } from '../api/api-error.js';
import type { Accepted } from '../api/routes.js';
import type { Caller, Handlers } from '../api/service.js';
import { canonicalKey } from '../config/aliases.js';
import type { AppSpec } from '../config/app-keys.js';
import { type App, keyOf } from '../domain/app.js';
import { applyRefusal, planApply } from '../domain/decide-apply.js';
import { type Definition, definitionOf } from '../domain/definition.js';
import type { EnvValues, Secret } from '../domain/environment.js';
import type { AppKey } from '../domain/ids.js';
import type { Request } from '../domain/request.js';
import { formatTarget, resolveTargets, type Target } from '../domain/target.js';
import type { Vault } from '../platform/vault.js';
import { type Described, describedApps } from './described-apps.js';
import type { Loop } from './loop.js';
import { refused } from './refused.js';

type AppRoute = Extract<keyof Handlers, `POST /v1/apps${string}`>;

export interface AppHandlerDeps {
  readonly loop: Pick<Loop, 'state'>;
  readonly vault: Vault;
  readonly submit: (request: Request, caller: Caller) => Promise<Accepted>;
  readonly targetOf: (text: string) => Target;
}

/** What an adjustment sets: a key of an app, or one variable as `env.NAME`; null takes it away. */
type Settings = Readonly<Record<string, unknown>>;

const textsOf = (values: EnvValues): Record<string, string> =>
  Object.fromEntries(
    Object.entries(values).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );

const merge = (definition: Definition, set: Settings): Record<string, unknown> => {
  const merged: Record<string, unknown> = { ...definition };
  for (const [key, value] of Object.entries(set)) {
    const [, variable] = /^env\.(.+)$/s.exec(key) ?? [];
    const given = value === null ? undefined : value;
    if (variable === undefined) merged[canonicalKey(key)] = given;
    else merged.env = { ...(merged.env as object | undefined), [variable]: given };
  }
  return merged;
};

/** A definition with some of its keys set otherwise, checked as an app file would be. */
const adjusted = async (definition: Definition, set: Settings, name: string): Promise<AppSpec> => {
  const { checkApp } = await import('../config/check-app.js');
  const fail = (place: string, problem: string): never => {
    throw new ApiError(400, 'INVALID_APP', `${place}: ${problem}`, 'nothing was changed');
  };
  const reading = { envName: null, lenient: false, asPm2: false, warn: () => {} };
  return checkApp(merge(definition, set), name, reading, fail).spec;
};

/** What the routes that define apps do. */
export const appHandlers = ({
  loop,
  vault,
  submit,
  targetOf,
}: AppHandlerDeps): Pick<Handlers, AppRoute> => {
  const kept = async (input: Described): Promise<App[]> => {
    const values = new Set<string>();
    const name = (value: string): Secret => {
      values.add(value);
      return vault.refer(value);
    };
    const apps = await describedApps(input, { name, reveal: vault.reveal });
    await vault.keep(values);
    return apps;
  };

  const oneApp = (target: Target): App => {
    const resolved = resolveTargets(loop.state, [target]);
    const text = formatTarget(target);
    const hint = '`opm list` shows what there is';
    if ('unknown' in resolved)
      throw new ApiError(404, 'UNKNOWN_TARGET', `no app matches "${text}"`, hint);
    const keys = new Set<AppKey>(resolved.processes.map(({ app }) => app));
    const [key] = keys;
    const app = key && loop.state.apps.get(key);
    if (app && keys.size === 1) return app;
    throw new ApiError(404, 'UNKNOWN_TARGET', `"${text}" names ${keys.size} apps`, hint);
  };

  return {
    'POST /v1/apps': async (input, caller) => {
      const apps = await kept(input);
      return submit({ type: 'StartApps', apps, existing: input.existing }, caller);
    },
    'POST /v1/apps/plan': async (input) => {
      const { restart } = input;
      const apps = await describedApps(input, { name: vault.refer, reveal: vault.reveal });
      const request = { apps, restart, prune: input.prune ? (input.source ?? null) : null };
      const refusal = applyRefusal(loop.state, request);
      if (refusal) throw refused(refusal);
      return planApply(loop.state, request);
    },
    'POST /v1/apps/apply': async (input, caller) => {
      const { restart, agreed } = input;
      const apps = await kept(input);
      const prune = input.prune ? (input.source ?? null) : null;
      return submit({ type: 'ApplyApps', apps, restart, prune, agreed }, caller);
    },
    'POST /v1/apps/adjust': async ({ target, set, cwd, restart }, caller) => {
      const app = oneApp(targetOf(target));
      const from = definitionOf(app);
      const spec = await adjusted(from, set, app.name);
      const [made] = await kept({
        apps: [spec],
        cwd,
        env: textsOf(app.env.base),
        source: app.source,
      });
      const to = { ...(made as App), env: { ...(made as App).env, base: app.env.base } };
      return submit({ type: 'AdjustApp', app: keyOf(app), to, from, restart }, caller);
    },
    'POST /v1/apps/scale': ({ target, kind, count }, caller) =>
      submit({ type: 'ScaleApp', target: targetOf(target), change: { kind, count } }, caller),
  };
};
