import type { App, Command } from './app.js';
import { type EnvValues, isSecret, MASK, mapValues, shownValue } from './environment.js';
import type { Policies, Probe } from './policy.js';

/** Shorter values would mask half of every line, and hide nothing. */
const MIN_LENGTH = 6;
/** How far back a line is looked at for the command that it tells. */
const LINE = 600;

const VALUE = String.raw`("[^"]*"|'[^']*'|[^\s"'\`]+)`;
const ASSIGNMENT = new RegExp(String.raw`(?<![\w-])(-{0,2}([A-Za-z_][\w.-]*)=)${VALUE}`, 'g');
const FLAG = new RegExp(String.raw`(?<![\w-])(--?([A-Za-z][\w-]*)\s+)(?!-)${VALUE}`, 'g');
const FIELD = /("([\w.-]+)"\s*:\s*)("(?:[^"\\]|\\.)*")/g;
const IN_URL = /(:\/\/[^\s/@:]*:)[^\s/@]+@/g;
const AUTHORIZATION = /\b((?:Bearer|Basic)\s+)[\w.~+/=-]+/gi;

/** `opm restore --key K` names a run, `--secrets` names variables: what is to be seen. */
const isPublic = (option: string, before: string): boolean =>
  (option === 'key' && /\bopm restore\b[^\n]*$/.test(before)) ||
  (option === 'secrets' && /\bopm [^\n]*$/.test(before));

const isMasked = (value: string): boolean => /^["']?\*\*\*/.test(value);

/** Hides what follows a name that sounds secret: `TOKEN=…`, `--password …`, `"apiKey": "…"`, `user:…@host`. */
const maskNamed = (text: string): string => {
  let masked = text;
  for (const pattern of [ASSIGNMENT, FLAG, FIELD]) {
    masked = masked.replace(
      pattern,
      (whole, before: string, name: string, value: string, at: number, all: string) => {
        if (!isSecret(name, '') || isMasked(value)) return whole;
        if (isPublic(name, all.slice(Math.max(0, at - LINE), at))) return whole;
        const quote = /^["']/.exec(value)?.[0] ?? '';
        return `${before}${quote}${MASK}${quote}`;
      },
    );
  }
  return masked.replace(IN_URL, `$1${MASK}@`).replace(AUTHORIZATION, `$1${MASK}`);
};

/** An option that takes the next word: `--token`, and not `--token=x`. */
const OPTION = /^--?[A-Za-z][\w-]*$/;
/** `NAME=value`, alone or behind an option: `--env=NAME=value`, `--password=value`, `env.NAME=value`. */
const SETTING = /^((?:-{1,2}[\w-]+=)?-{0,2}([\w.-]+)=)(.*)$/s;

export interface WordRules {
  /** Whether an option of this name, the word at this place, is to be seen with what it is given. */
  readonly shows?: (option: string, index: number) => boolean;
  /** Variables that are secret whatever they are called. */
  readonly declared?: readonly string[];
}

/**
 * The words of a command line with what looks secret hidden: `DB_PASSWORD=x`, `--token=x`, `--token x`, the same inside
 * a word that is a line for the shell, and whatever was hidden so wherever else it stands.
 */
export const maskWords = (words: readonly string[], rules: WordRules = {}): readonly string[] => {
  const { shows = () => false, declared = [] } = rules;
  const hidden: string[] = [];
  const hide = (value: string): string => {
    if (value.length >= MIN_LENGTH) hidden.push(value);
    return MASK;
  };
  const masked = words.map((word, index) => {
    const option = words[index - 1] ?? '';
    const isValue = OPTION.test(option) && isSecret(option, '') && !word.startsWith('-');
    if (isValue && !shows(option, index - 1)) return hide(word);
    const [, before = '', name = '', value = ''] = SETTING.exec(word) ?? [];
    if (before !== '' && shows(before.slice(0, -1), index)) return word;
    const variable = name.replace(/^(default_)?env\./, '');
    if (value !== '' && isSecret(variable, '', declared)) return before + hide(value);
    return /\s/.test(word) ? maskNamed(word) : word.replace(IN_URL, `$1${MASK}@`);
  });
  return masked.map((word) => hideValues(word, hidden));
};

/** A command as it may be shown. */
export const maskedCommand = (command: Command): Command => {
  const [script = '', ...args] = maskWords([command.script, ...command.args]);
  return { ...command, script, args, interpreterArgs: maskWords(command.interpreterArgs) };
};

const maskedProbe = <P extends Probe>(probe: P): P => {
  if (probe.kind === 'command') return { ...probe, command: maskNamed(probe.command) };
  return probe.kind === 'http' ? { ...probe, url: maskNamed(probe.url) } : probe;
};

const maskedPolicies = ({ readiness, liveness, ...others }: Policies): Policies => ({
  ...others,
  ...(readiness && { readiness: { ...readiness, probe: maskedProbe(readiness.probe) } }),
  ...(liveness && { liveness: { ...liveness, probe: maskedProbe(liveness.probe) } }),
});

/** A definition as it may be shown: with every secret variable masked, and what sounds secret in its commands. */
export const maskedApp = (app: App): App => ({
  ...app,
  command: maskedCommand(app.command),
  policies: maskedPolicies(app.policies),
  env: mapValues(app.env, (name, value) => shownValue(name, value, app.env.secrets)),
});

/** The plain values among these variables that must not be shown. */
export const secretValues = (values: EnvValues, declared: readonly string[]): readonly string[] =>
  Object.entries(values).flatMap(([name, value]) =>
    typeof value === 'string' && value.length >= MIN_LENGTH && isSecret(name, value, declared)
      ? [value]
      : [],
  );

/** A text without these values. */
export const hideValues = (text: string, values: readonly string[]): string =>
  values.reduce((rest, value) => rest.replaceAll(value, MASK), text);

/**
 * A function that masks secrets in any text: the values of the secret variables of some apps and other known values
 * wherever they stand, and what follows a name that sounds secret.
 */
export const masker = (
  apps: Iterable<App>,
  values: readonly string[] = [],
): ((text: string) => string) => {
  const found = [...apps].flatMap(({ env }) =>
    [env.base, env.defaults, env.values].flatMap((layer) => secretValues(layer, env.secrets)),
  );
  // The longest first: one may be part of another.
  const known = values.filter(({ length }) => length >= MIN_LENGTH);
  const secrets = [...new Set([...found, ...known])].sort((a, b) => b.length - a.length);
  return (text) => maskNamed(hideValues(text, secrets));
};
