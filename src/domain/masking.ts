import type { App } from './app.js';
import { type EnvValues, isSecret, MASK, mapValues, shownValue } from './environment.js';

/** Shorter values would mask half of every line, and hide nothing. */
const MIN_LENGTH = 6;

const VALUE = String.raw`("[^"]*"|'[^']*'|[^\s"'\`]+)`;
const ASSIGNMENT = new RegExp(String.raw`(?<![\w-])(-{0,2}([A-Za-z_][\w.-]*)=)${VALUE}`, 'g');
const FLAG = new RegExp(String.raw`(?<![\w-])(--?([A-Za-z][\w-]*)\s+)(?!-)${VALUE}`, 'g');
const FIELD = /("([\w.-]+)"\s*:\s*)("(?:[^"\\]|\\.)*")/g;
const IN_URL = /(:\/\/[^\s/@:]*:)[^\s/@]+@/g;
const AUTHORIZATION = /\b((?:Bearer|Basic)\s+)[\w.~+/=-]+/gi;

/** Hides what follows a name that sounds secret: `TOKEN=…`, `--password …`, `"apiKey": "…"`, `user:…@host`. */
const maskNamed = (text: string): string => {
  let masked = text;
  for (const pattern of [ASSIGNMENT, FLAG, FIELD]) {
    masked = masked.replace(pattern, (whole, before: string, name: string, value: string) => {
      if (!isSecret(name, '')) return whole;
      const quote = /^["']/.exec(value)?.[0] ?? '';
      return `${before}${quote}${MASK}${quote}`;
    });
  }
  return masked.replace(IN_URL, `$1${MASK}@`).replace(AUTHORIZATION, `$1${MASK}`);
};

/** A definition as it may be shown: with every secret variable masked. */
export const maskedApp = (app: App): App => ({
  ...app,
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
 * A function that masks secrets in any text: the values of the secret variables of some apps wherever they stand, and
 * what follows a name that sounds secret.
 */
export const masker = (apps: Iterable<App>): ((text: string) => string) => {
  const found = [...apps].flatMap(({ env }) =>
    [env.base, env.defaults, env.values].flatMap((layer) => secretValues(layer, env.secrets)),
  );
  // The longest first: one may be part of another.
  const secrets = [...new Set(found)].sort((a, b) => b.length - a.length);
  return (text) => maskNamed(hideValues(text, secrets));
};
