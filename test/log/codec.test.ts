import { expect } from 'chai';
import fc from 'fast-check';
import type { EventType, Recorded } from '../../src/domain/event.js';
import { requestKey, runKey, seq } from '../../src/domain/ids.js';
import { decode, encode, type Stored } from '../../src/log/codec.js';
import { LogError } from '../../src/log/errors.js';
import { eventTypes } from '../../src/log/event-shapes.js';
import { Malformed } from '../../src/log/shape.js';
import { eventSamples } from '../support/event-samples.js';

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
type Path = readonly (string | number)[];

/** Where the parts of a value are: lists and objects as well as what stands in them. */
const pathsOf = (value: unknown, path: Path = []): Path[] => {
  if (typeof value !== 'object' || value === null) return [path];
  const names = Array.isArray(value) ? [...value.keys()] : Object.keys(value);
  return [path, ...names.flatMap((name) => pathsOf((value as never)[name], [...path, name]))];
};

const at = (value: unknown, path: Path): unknown =>
  path.reduce((found, name) => (found as never)[name], value);

/** A copy in which one part is another. */
const replaced = (value: unknown, path: Path, part: unknown): unknown => {
  const [name, ...rest] = path;
  if (name === undefined) return part;
  const copy = structuredClone(value) as Record<string | number, unknown>;
  copy[name] = replaced(copy[name], rest, part);
  return copy;
};

const unicode = fc.string({ unit: 'binary', maxLength: 30 });
const time = fc.integer({ min: 0, max: 4e12 });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

/** The same kind of value with other contents. */
const another = (value: unknown): fc.Arbitrary<unknown> => {
  if (typeof value === 'string') return unicode;
  if (typeof value === 'number') return fc.nat(2 ** 40);
  if (typeof value === 'boolean') return fc.boolean();
  return fc.constant(value);
};

const withData = (type: EventType): fc.Arbitrary<Recorded> => {
  const data = eventSamples[type];
  return fc
    .record({
      path: fc.constantFrom(...pathsOf(data)),
      at: time,
      id: unicode,
      causedBy: nullable(fc.integer({ min: 1, max: 1e9 }).map(seq)),
      runKey: nullable(unicode.map(runKey)),
      request: nullable(
        fc.record({
          key: unicode.map(requestKey),
          actor: fc.record({ uid: fc.nat(), command: unicode }),
        }),
      ),
    })
    .chain(({ path, ...envelope }) =>
      another(at(data, path)).map(
        (part) =>
          ({ ...envelope, seq: seq(5), type, data: replaced(data, path, part) }) as Recorded,
      ),
    );
};

const event = fc.constantFrom(...eventTypes).chain(withData);
const stored: fc.Arbitrary<Stored> = fc.record({ event, prev: unicode });

/** The text of an event; null when it has a word that is none, which is refused before it is written. */
const textOf = (given: Stored): string | null => {
  try {
    return encode(given);
  } catch (error) {
    if (error instanceof Malformed) return null;
    throw error;
  }
};

/** What is read from a text, or the code of its refusal. */
const read = (text: string): Stored | string => {
  try {
    return decode(seq(5), text);
  } catch (error) {
    if (error instanceof LogError) return error.code;
    throw error;
  }
};

const REFUSALS = ['LOG_CORRUPT', 'LOG_EVENT_UNKNOWN'];

/** Whatever is not refused is read as an event that is written just so. */
const expectExact = (text: string): void => {
  const found = read(text);
  if (typeof found === 'string') expect(REFUSALS).to.include(found);
  else expect(encode(found)).to.equal(text);
};

describe('the codec', () => {
  for (const type of eventTypes) {
    it(`reads ${type} as it was written`, () => {
      fc.assert(
        fc.property(withData(type), (given) => {
          const text = textOf({ event: given, prev: 'p' });
          if (text !== null) expect(read(text)).to.deep.equal({ event: given, prev: 'p' });
        }),
        { numRuns: 30 },
      );
    });
  }

  it('refuses any other value in any place of a stored event, or reads what is written just so', () => {
    const change = stored.chain((given) => {
      const list = JSON.parse(textOf(given) ?? '[]') as Json;
      return fc.record({
        list: fc.constant(list),
        // Version 1 of some types is read and never written again.
        path: fc.constantFrom(...pathsOf(list).filter(([first]) => first !== 1)),
        part: fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>,
      });
    });
    fc.assert(
      fc.property(change, ({ list, path, part }) =>
        expectExact(JSON.stringify(replaced(list, path, part))),
      ),
      { numRuns: 1500 },
    );
  });

  it('refuses a stored event of which a part is missing or too much', () => {
    const change = stored.chain((given) => {
      const list = JSON.parse(textOf(given) ?? '[]') as Json;
      const lists = pathsOf(list).filter((path) => Array.isArray(at(list, path)));
      return fc.record({
        list: fc.constant(list),
        path: fc.constantFrom(...lists),
        index: fc.nat(10),
        isMore: fc.boolean(),
      });
    });
    fc.assert(
      fc.property(change, ({ list, path, index, isMore }) => {
        const part = [...(at(list, path) as Json[])];
        if (isMore) part.splice(index, 0, null);
        else part.splice(index, 1);
        expectExact(JSON.stringify(replaced(list, path, part)));
      }),
      { numRuns: 1000 },
    );
  });

  it('refuses a text that is cut anywhere', () => {
    fc.assert(
      fc.property(stored, fc.nat(), (given, cut) => {
        const text = textOf(given);
        if (text !== null) expect(read(text.slice(0, cut % text.length))).to.equal('LOG_CORRUPT');
      }),
    );
  });

  it('refuses any text that is no event', () => {
    fc.assert(fc.property(fc.oneof(fc.json(), unicode), expectExact));
    for (const text of ['', 'null', '[]', '{}', '[1]'])
      expect(read(text), text).to.equal('LOG_CORRUPT');
  });
});
