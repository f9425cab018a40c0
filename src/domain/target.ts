import { keyOf } from './app.js';
import { nearest } from './nearest.js';
import type { Process, State } from './state.js';

/** Names processes: an id, `all`, `/regex/`, `namespace/name`, or a name or namespace. */
export type Target =
  | { readonly kind: 'id'; readonly id: number }
  | { readonly kind: 'all' }
  | { readonly kind: 'regex'; readonly source: string }
  | {
      readonly kind: 'qualified';
      readonly namespace: string;
      readonly name: string;
    }
  | { readonly kind: 'name'; readonly name: string };

export type Parsed = { readonly target: Target } | { readonly problem: string };

/** Reads one target as typed. Syntax only: whether it names anything is for `resolveTargets`. */
export const parseTarget = (text: string): Parsed => {
  if (text === '') return { problem: 'a target is empty' };
  if (/^\d+$/.test(text)) return { target: { kind: 'id', id: Number(text) } };
  if (text === 'all') return { target: { kind: 'all' } };
  if (text.length > 1 && text.startsWith('/') && text.endsWith('/')) {
    const source = text.slice(1, -1);
    try {
      new RegExp(source);
    } catch {
      return { problem: `"${text}" is not a regular expression` };
    }
    return { target: { kind: 'regex', source } };
  }
  const slash = text.indexOf('/');
  if (slash > 0 && slash < text.length - 1) {
    const [namespace, name] = [text.slice(0, slash), text.slice(slash + 1)];
    if (!name.includes('/')) return { target: { kind: 'qualified', namespace, name } };
  }
  return { target: { kind: 'name', name: text } };
};

/** A target as the user would type it. */
export const formatTarget = (target: Target): string => {
  switch (target.kind) {
    case 'id':
      return String(target.id);
    case 'all':
      return 'all';
    case 'regex':
      return `/${target.source}/`;
    case 'qualified':
      return `${target.namespace}/${target.name}`;
    case 'name':
      return target.name;
  }
};

const matcher = (target: Target, state: State): ((process: Process) => boolean) => {
  const appOf = (process: Process) => state.apps.get(process.app);
  switch (target.kind) {
    case 'id':
      return (process) => process.id === target.id;
    case 'all':
      return () => true;
    case 'regex': {
      const regex = new RegExp(target.source);
      return (process) => regex.test(appOf(process)?.name ?? '');
    }
    case 'qualified':
      return (process) => process.app === keyOf(target);
    case 'name':
      return (process) => {
        const app = appOf(process);
        return app?.name === target.name || app?.namespace === target.name;
      };
  }
};

export type Resolved =
  | { readonly processes: readonly Process[] }
  | { readonly unknown: string; readonly suggestion: string | null };

/**
 * The processes that several targets name together, in order of id, each once. A target that names
 * nothing makes the whole unknown (with the nearest living name), except `all`, which may be nobody.
 */
export const resolveTargets = (state: State, targets: readonly Target[]): Resolved => {
  const found = new Map<number, Process>();
  for (const target of targets) {
    const matches = matcher(target, state);
    const hits = [...state.processes.values()].filter(matches);
    if (hits.length === 0 && target.kind !== 'all') {
      const names = [...state.apps.values()].flatMap((app) => [app.name, app.namespace]);
      const text = formatTarget(target);
      return { unknown: text, suggestion: nearest(text, names) };
    }
    for (const hit of hits) found.set(hit.id, hit);
  }
  return { processes: [...found.values()].sort((a, b) => a.id - b.id) };
};
