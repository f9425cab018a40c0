import { expect } from 'chai';
import fc from 'fast-check';
import { z } from 'zod';
import * as appSchemas from '../../src/api/app-schemas.js';
import * as otherSchemas from '../../src/api/schemas.js';

const schemas = { ...otherSchemas, ...appSchemas };

const text = (max: number) => fc.string({ unit: 'grapheme', minLength: 1, maxLength: max });
const targets = fc.array(text(20), { minLength: 1, maxLength: 5 });
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });

const described = {
  apps: fc.array(fc.record({ name: fc.constant('web'), script: text(20) }), {
    minLength: 1,
    maxLength: 3,
  }),
  cwd: text(20),
  env: fc.dictionary(text(8), text(8)),
};
const planned = {
  ...described,
  restart: fc.constantFrom('changed', 'all', 'none'),
  prune: fc.boolean(),
};

/** Bodies that are to be taken, by schema. */
const bodies = {
  startBody: fc.record({ ...described, existing: fc.constantFrom('refuse', 'start') }),
  planBody: fc.record(planned),
  applyBody: fc.record({ ...planned, agreed: fc.option(text(20)) }),
  adjustBody: fc.record({
    target: text(20),
    set: fc.dictionary(text(8), fc.jsonValue()),
    cwd: text(20),
    restart: fc.constantFrom('changed', 'none'),
  }),
  targetsBody: fc.record({ targets }),
  signalBody: fc.record({ targets, signal: text(8) }),
  scaleBody: fc.record({
    target: text(20),
    kind: fc.constantFrom('to', 'by'),
    count: fc.integer({ min: -1000, max: 1000 }),
  }),
  labelBody: fc.record({ label: fc.string({ minLength: 1, maxLength: 60 }) }),
  restoreBody: fc.record(
    {
      key: optional(text(50)),
      label: optional(text(20)),
      at: optional(text(20)),
      atomic: fc.boolean(),
      concurrency: fc.nat(100),
    },
    { requiredKeys: ['atomic', 'concurrency'] },
  ),
  pruneBody: fc.record({ before: text(20) }),
  nothing: fc.constant({}),
} satisfies Partial<Record<keyof typeof schemas, fc.Arbitrary<object>>>;

type Name = keyof typeof bodies;
const names = Object.keys(bodies) as Name[];

const known: Readonly<Record<Name, z.ZodObject>> = schemas;

const takes = (name: Name, body: unknown): boolean => known[name].safeParse(body).success;

describe('the bodies of the API', () => {
  it('are all looked at here', () => {
    const all = Object.keys(schemas).filter((name) => name.endsWith('Body') || name === 'nothing');
    expect(names).to.have.members(all);
  });

  for (const name of names) {
    it(`${name} takes what it is for, and nothing with a key more`, () => {
      fc.assert(
        fc.property(bodies[name] as fc.Arbitrary<object>, text(10), (body, key) => {
          expect(takes(name, body)).to.equal(true);
          if (!(key in body) && !(key in known[name].shape))
            expect(takes(name, { ...body, [key]: 1 })).to.equal(false);
        }),
      );
    });

    it(`${name} refuses whatever is no such body, and never throws`, () => {
      const required = Object.entries(known[name].shape)
        .filter(([, shape]) => !(shape as z.ZodType).safeParse(undefined).success)
        .map(([key]) => key);
      fc.assert(
        fc.property(fc.anything(), (value) => {
          const isBody =
            typeof value === 'object' &&
            value !== null &&
            required.every((key) => Object.hasOwn(value, key));
          if (!isBody) expect(takes(name, value)).to.equal(false);
          else takes(name, value);
        }),
      );
    });
  }

  it('lose nothing and gain nothing on the way', () => {
    fc.assert(
      fc.property(bodies.restoreBody, (body) => {
        expect(z.parse(schemas.restoreBody, body)).to.deep.equal(body);
      }),
    );
  });
});
