import { expect } from 'chai';
import fc from 'fast-check';
import { nameProblem } from '../../src/domain/app.js';
import { nearest } from '../../src/domain/nearest.js';
import { formatTarget, parseTarget, resolveTargets, type Target } from '../../src/domain/target.js';
import { app, World } from '../support/given.js';

const isRegex = (source: string): boolean => {
  try {
    return new RegExp(source) instanceof RegExp;
  } catch {
    return false;
  }
};

const name = fc.string({ minLength: 1, maxLength: 20 }).filter((text) => !nameProblem(text));
const target: fc.Arbitrary<Target> = fc.oneof(
  fc.record({ kind: fc.constant('id' as const), id: fc.maxSafeNat() }),
  fc.constant<Target>({ kind: 'all' }),
  fc.record({ kind: fc.constant('regex' as const), source: fc.string().filter(isRegex) }),
  fc.record({ kind: fc.constant('qualified' as const), namespace: name, name }),
  fc.record({ kind: fc.constant('name' as const), name }),
);

describe('a target', () => {
  it('is read back as what was written, whatever it names', () => {
    fc.assert(
      fc.property(target, (given) => {
        expect(parseTarget(formatTarget(given))).to.deep.equal({ target: given });
      }),
    );
  });

  it('that is a name which may be given to an app reads as that name alone', () => {
    fc.assert(
      fc.property(name, (text) => {
        expect(parseTarget(text)).to.deep.equal({ target: { kind: 'name', name: text } });
      }),
    );
  });

  const forbidden = [
    '',
    '7',
    'all',
    '-x',
    '/a/',
    'a/b',
    '.',
    '..',
    'a\\b',
    'a\nb',
    'x'.repeat(129),
  ];
  for (const text of forbidden) {
    it(`${JSON.stringify(text.slice(0, 10))} is no name for an app`, () => {
      expect(nameProblem(text)).to.be.a('string');
    });
  }

  it('that is empty or no regular expression is a problem', () => {
    expect(parseTarget('')).to.have.property('problem');
    expect(parseTarget('/(/')).to.have.property('problem').that.includes('"/(/"');
  });
});

describe('the processes that targets name', () => {
  const world = new World();
  world.up(
    app('web', { instances: 2 }),
    app('worker'),
    app('web', { namespace: 'blue' }),
    app('blue'),
  );
  const cases: readonly (readonly [string, readonly number[]])[] = [
    ['0', [0]],
    ['all', [0, 1, 2, 3, 4]],
    ['web', [0, 1, 3]],
    ['default/web', [0, 1]],
    ['blue/web', [3]],
    ['blue', [3, 4]],
    ['/^w/', [0, 1, 2, 3]],
    ['worker web 0', [0, 1, 2, 3]],
  ];
  for (const [text, ids] of cases) {
    it(`"${text}" names ${ids.join(', ')}`, () => {
      const targets = text.split(' ').flatMap((word) => {
        const parsed = parseTarget(word);
        return 'target' in parsed ? [parsed.target] : [];
      });
      const resolved = resolveTargets(world.state, targets);
      expect('processes' in resolved && resolved.processes.map(({ id }) => id)).to.deep.equal(ids);
    });
  }

  it('are unknown as a whole when one target names nothing', () => {
    const targets: Target[] = [{ kind: 'all' }, { kind: 'name', name: 'wrker' }];
    expect(resolveTargets(world.state, targets)).to.deep.equal({
      unknown: 'wrker',
      suggestion: 'worker',
    });
  });

  it('may be none for "all", and for nothing else', () => {
    const { state } = new World();
    expect(resolveTargets(state, [{ kind: 'all' }])).to.deep.equal({ processes: [] });
    expect(resolveTargets(state, [{ kind: 'id', id: 0 }])).to.have.property('unknown', '0');
  });
});

describe('the nearest name', () => {
  const cases: readonly (readonly [string, readonly string[], string | null])[] = [
    ['wep', ['web', 'db'], 'web'],
    ['WEB', ['web'], 'web'],
    ['w', ['x', 'database'], 'x'],
    ['web', ['database'], null],
    ['workr', ['web', 'worker'], 'worker'],
    ['wbe', ['db', 'web'], 'web'],
    ['lits', ['list'], 'list'],
    ['web', [], null],
  ];
  for (const [word, candidates, expected] of cases) {
    it(`of "${word}" among ${candidates.join(', ') || 'none'} is ${expected ?? 'none'}`, () => {
      expect(nearest(word, candidates)).to.equal(expected);
    });
  }
});
