import './jitless.js';
import * as z from 'zod';
import { LIMITS } from '../domain/app.js';
import { DURATION, parseDuration, parseSize, SIZE, splitWords } from '../domain/units.js';

/**
 * The kinds of values that keys have. Each says what it expects; what it answers with is what the daemon takes: ms,
 * bytes, lists.
 */

const MAX_MS = 2 ** 31 - 1;

/** A schema whose every failure is this one sentence. */
const expecting = (what: string) => ({ error: `expected ${what}` });

export const text = z
  .string(expecting('a text'))
  .max(LIMITS.argBytes, expecting(`a text of at most ${LIMITS.argBytes} characters`))
  .refine((value) => !value.includes('\0'), expecting('a text without NUL'));
export const word = text.min(1, expecting('a text that is not empty'));
export const name = word.max(
  LIMITS.nameBytes,
  expecting(`a text of at most ${LIMITS.nameBytes} characters`),
);
export const flag = z.boolean(expecting('true or false'));

export const count = (min = 0, max = Number.MAX_SAFE_INTEGER) => {
  const what =
    max === Number.MAX_SAFE_INTEGER
      ? `a whole number of ${min} or more`
      : `a whole number from ${min} to ${max}`;
  return z.int(expecting(what)).check(z.gte(min, expecting(what)), z.lte(max, expecting(what)));
};

export const choice = <const Words extends readonly [string, ...string[]]>(words: Words) =>
  z.enum(words, expecting(words.map((name) => `"${name}"`).join(' or ')));

const DURATION_SAID = 'milliseconds, or a text such as "500ms", "3s", "2m", "1h"';
/** In, a number of ms or a text with its unit; out, ms. */
export const duration = z
  .union(
    [
      count(0, MAX_MS),
      z
        .string()
        .regex(DURATION)
        .transform((value) => parseDuration(value) ?? 0)
        .refine((ms) => ms <= MAX_MS),
    ],
    expecting(DURATION_SAID),
  )
  .meta({ unit: 'ms' });

/** In, a number of bytes or a text with its unit; out, bytes. */
export const size = z
  .union(
    [
      count(),
      z
        .string()
        .regex(SIZE)
        .transform((value) => parseSize(value) ?? 0),
    ],
    expecting('bytes, or a text such as "64K", "512M", "1.5G"'),
  )
  .meta({ unit: 'bytes' });

const scalar = z
  .union([text, z.number().transform(String), z.boolean().transform(String)])
  .meta({ title: 'text' });

/** In, a list of texts or one text that is split into words as a shell does; out, a list. */
export const words = z
  .union(
    [z.array(scalar).max(LIMITS.args), text.transform((line) => splitWords(line))],
    expecting(`a list of at most ${LIMITS.args} texts, or one text to be split at spaces`),
  )
  .meta({ title: 'texts, or one text that is split' });

/** In, a list of texts or one text; out, a list. */
export const texts = z
  .union(
    [z.array(word).max(LIMITS.args), word.transform((one) => [one])],
    expecting(`a list of at most ${LIMITS.args} texts, or one text`),
  )
  .meta({ title: 'text or texts' });

const secret = z.strictObject({ secret: z.string().regex(/^[\w-]+$/) }).meta({
  description: 'Name of a value in the vault of this home, as `opm export` writes it',
});

/** What variables take in a program: their names, values, and two bytes each. */
const bytesOf = (variables: Readonly<Record<string, unknown>>): number =>
  Object.entries(variables).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(`${name}=${value}\0`),
    0,
  );

/** In, names with texts, numbers or true and false; out, with texts. */
export const environment = z
  .record(
    z.string().regex(/^[^=]+$/, expecting('a name of a variable, without "="')),
    z.union([text, z.number().transform(String), z.boolean().transform(String), secret], {
      error: 'expected a text, a number or true or false',
    }),
    expecting('an object of texts'),
  )
  .refine(
    (variables) => Object.keys(variables).length <= LIMITS.envEntries,
    expecting(`at most ${LIMITS.envEntries} variables`),
  )
  .refine(
    (variables) => bytesOf(variables) <= LIMITS.envBytes,
    expecting(`variables of at most ${LIMITS.envBytes} bytes together`),
  )
  .meta({ title: 'variables' });

/** In, a number or a text; out, a text. */
export const idOrName = z.union([count().transform(String), word], expecting('a number or a name'));

/** A key that may be left out: what it takes, what it means, and what holds where it is not given. */
export const key = <S extends z.ZodType>(schema: S, description: string, byDefault?: unknown) => {
  const optional = schema.optional();
  // As `meta` does, but without a copy of the schema.
  z.globalRegistry.add(optional, {
    ...schema.meta(),
    description,
    ...(byDefault === undefined ? {} : { byDefault }),
  });
  return optional;
};
