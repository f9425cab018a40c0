/** Stored data that does not have the shape it must have. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/**
 * How one kind of value is stored: `pack` makes compact JSON of it, `unpack` checks the JSON and makes the value
 * again. Both throw Malformed with the path of what is wrong, so nothing is written that could not be read back.
 */
export interface Shape<T> {
  pack(value: T): unknown;
  unpack(stored: unknown): T;
}

const shown = (value: unknown): string => (JSON.stringify(value) ?? String(value)).slice(0, 60);

const expected = (what: string, found: unknown): Malformed =>
  new Malformed(`expected ${what}, found ${shown(found)}`);

/** A value that is stored as it is, when it passes the test. */
export const plain = <T>(what: string, is: (value: unknown) => boolean): Shape<T> => {
  const check = (value: unknown): T => {
    if (!is(value)) throw expected(what, value);
    return value as T;
  };
  return { pack: check, unpack: check };
};

export const text = <T extends string = string>(): Shape<T> =>
  plain('a text', (value) => typeof value === 'string');
export const number: Shape<number> = plain('a number', Number.isFinite);
export const count = <T extends number = number>(): Shape<T> =>
  plain(
    'a whole number of 0 or more',
    (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  );
export const flag: Shape<boolean> = plain('true or false', (value) => typeof value === 'boolean');

/** One of a few words. The type asks for every one of them, so none can be forgotten. */
export const word = <T extends string>(words: Readonly<Record<T, true>>): Shape<T> => {
  const known: ReadonlySet<unknown> = new Set(Object.keys(words));
  return plain(Object.keys(words).join(' or '), (value) => known.has(value));
};

export const nullable = <T>(shape: Shape<T>): Shape<T | null> => ({
  pack: (value) => (value === null ? null : shape.pack(value)),
  unpack: (stored) => (stored === null ? null : shape.unpack(stored)),
});

const within = (place: string | number, error: unknown): unknown =>
  error instanceof Malformed ? new Malformed(`${place}: ${error.message}`) : error;

export const list = <T>(shape: Shape<T>): Shape<readonly T[]> => {
  const each = (values: unknown, convert: (value: never) => unknown): unknown[] => {
    if (!Array.isArray(values)) throw expected('a list', values);
    return values.map((value, index) => {
      try {
        return convert(value as never);
      } catch (error) {
        throw within(index, error);
      }
    });
  };
  return {
    pack: (values) => each(values, shape.pack),
    unpack: (stored) => each(stored, shape.unpack) as T[],
  };
};

type Unpack = (stored: unknown) => unknown;
type Literal = (unpack: readonly Unpack[], stored: readonly unknown[]) => unknown;

/**
 * A function that makes an object with these fields, each from its place in a list. It is compiled from the names,
 * which stand in our own source: V8 makes the object of a literal at once, and takes five times as long to add
 * fields under names that a loop goes through. That is an eighth of a replay.
 */
const literalOf = (names: readonly string[]): Literal => {
  const fields = names.map((name, at) => `${JSON.stringify(name)}: unpack[${at}](stored[${at}])`);
  return new Function('unpack', 'stored', `return { ${fields.join(', ')} };`) as Literal;
};

/**
 * An object, stored as a list of its fields' values in the order in which they stand here. That order is the format:
 * it may only change together with the version of every event type that uses it.
 */
export const record = <T extends object>(
  fields: {
    readonly [K in keyof T]-?: Shape<T[K]>;
  },
): Shape<T> => {
  const names = Object.keys(fields) as (keyof T & string)[];
  const shapes = names.map((name) => fields[name]) as Shape<unknown>[];
  const unpacks = shapes.map(({ unpack }) => unpack);
  let literal: Literal | null = null;
  /** Throws again what a field threw, with its name. */
  const blame = (stored: readonly unknown[]): void => {
    for (const [index, name] of names.entries()) {
      try {
        unpacks[index]?.(stored[index]);
      } catch (error) {
        throw within(name, error);
      }
    }
  };
  return {
    pack: (value) =>
      names.map((name, index) => {
        try {
          return shapes[index]!.pack(value[name]);
        } catch (error) {
          throw within(name, error);
        }
      }),
    unpack: (stored) => {
      if (!Array.isArray(stored) || stored.length !== names.length)
        throw expected(`a list of ${names.length} (${names.join(', ')})`, stored);
      // Not before it is needed: most commands read no event, and those that do only a few types.
      literal ??= literalOf(names);
      try {
        return literal(unpacks, stored) as T;
      } catch (error) {
        blame(stored);
        throw error;
      }
    },
  };
};

/**
 * An object of which every field may be absent, stored by name: a field may be added to it without a new version. One
 * that is not known here is refused, so an older opm never loses what a newer one wrote.
 */
export const sparse = <T extends object>(
  fields: {
    readonly [K in keyof T]-?: Shape<NonNullable<T[K]>>;
  },
): Shape<T> => {
  const each = (values: unknown, convert: 'pack' | 'unpack'): object => {
    if (typeof values !== 'object' || values === null || Array.isArray(values))
      throw expected('an object', values);
    const present = Object.entries(values).filter(([, value]) => value !== undefined);
    const converted = present.map(([name, value]) => {
      if (!Object.hasOwn(fields, name)) throw expected(Object.keys(fields).join(' or '), name);
      try {
        return [name, (fields[name as keyof T] as Shape<unknown>)[convert](value)] as const;
      } catch (error) {
        throw within(name, error);
      }
    });
    return Object.fromEntries(converted);
  };
  return {
    pack: (value) => each(value, 'pack'),
    unpack: (stored) => each(stored, 'unpack') as T,
  };
};

/** Objects told apart by their `kind`, stored as that word followed by the fields of its record. */
export const oneOfKinds = <T extends { readonly kind: string }>(
  kinds: {
    readonly [K in T['kind']]: Shape<Omit<Extract<T, { readonly kind: K }>, 'kind'>>;
  },
): Shape<T> => {
  const shapeOf = (kind: unknown): Shape<object> => {
    if (typeof kind !== 'string' || !Object.hasOwn(kinds, kind))
      throw expected(Object.keys(kinds).join(' or '), kind);
    return kinds[kind as T['kind']] as unknown as Shape<object>;
  };
  return {
    pack: (value) => [value.kind, ...(shapeOf(value.kind).pack(value) as unknown[])],
    unpack: (stored) => {
      if (!Array.isArray(stored)) throw expected('a list', stored);
      const [kind, ...fields] = stored as unknown[];
      return { kind, ...shapeOf(kind).unpack(fields) } as T;
    },
  };
};
