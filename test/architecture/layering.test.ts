import { readdirSync, readFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect } from 'chai';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Who may import whom at run time: rooms of src/ and packages. `type` holds for imports of types only. */
const ROOMS: Readonly<
  Record<string, { readonly run: readonly string[]; readonly type?: readonly string[] }>
> = {
  domain: { run: [] },
  log: { run: ['domain', 'level', 'classic-level', 'node:'] },
  projections: { run: ['domain', 'rxjs'] },
  platform: { run: ['domain', 'node:'] },
  // What an app may be described with: one schema for files, the API and the reference.
  config: {
    run: ['domain', 'zod', 'yaml', 'smol-toml', 'json5', 'jiti', '@cdktn/hcl2json', 'node:'],
  },
  effects: {
    run: ['domain', 'platform', 'execa', 'rxjs', 'chokidar', 'croner', 'picomatch', 'node:'],
    type: ['config'],
  },
  api: {
    run: ['domain', 'config', 'projections', 'zod', 'rxjs', 'node:'],
  },
  daemon: {
    run: [
      'domain',
      'config',
      'log',
      'platform',
      'effects',
      'projections',
      'api',
      'rxjs',
      'nanoid',
      'node:',
    ],
  },
  client: { run: ['platform', 'node:'], type: ['api', 'domain'] },
  // Reading a home without a daemon is done with the daemon's own reader, loaded only then.
  cli: {
    run: [
      'client',
      'config',
      'platform',
      'domain',
      'projections',
      'log',
      'daemon',
      '@oclif/core',
      'fast-string-truncated-width',
      'nanoid',
      'node:',
    ],
    type: ['api'],
  },
  commands: {
    run: [
      'cli',
      'client',
      'config',
      'platform',
      'domain',
      'log',
      'daemon',
      '@oclif/core',
      'nanoid',
      'node:',
    ],
    type: ['api', 'projections'],
  },
  // Where a command line begins.
  bin: {
    run: ['cli', 'commands', 'domain', 'platform', '@oclif/core', 'node:'],
    type: ['projections'],
  },
};

interface Import {
  readonly file: string;
  readonly target: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter((name) =>
  name.endsWith('.ts'),
);

const importsOf = (file: string): Import[] => {
  const text = readFileSync(join(SRC, file), 'utf8');
  const found = text.matchAll(
    /^(?:import|export)\s+(type\s)?(?:[^'";]*?from\s+)?'([^']+)'|import\('([^']+)'\)/gm,
  );
  return [...found].map((match) => ({
    file,
    typeOnly: match[1] !== undefined,
    target: (match[2] ?? match[3]) as string,
  }));
};

const imports = files.flatMap(importsOf);

const pathOf = ({ file, target }: Import): string | null =>
  target.startsWith('.')
    ? relative(SRC, resolve(SRC, file, '..', target)).replace(/\.js$/, '.ts')
    : null;

const allowed = (names: readonly string[], target: string): boolean =>
  names.some(
    (name) => target === name || target.startsWith(name.endsWith(':') ? name : `${name}/`),
  );

describe('the rooms of the house', () => {
  it('finds the imports', () => {
    expect(imports.length).to.be.greaterThan(200);
  });

  it('every file is in a room with a rule', () => {
    const rooms = [...new Set(files.map((file) => file.split('/')[0]))];
    expect(rooms).to.have.members(Object.keys(ROOMS));
  });

  for (const [room, { run, type = [] }] of Object.entries(ROOMS)) {
    it(`${room} imports only what it may`, () => {
      const wrong = imports
        .filter(({ file }) => file.startsWith(`${room}/`))
        .filter((found) => {
          const target = pathOf(found)?.split('/')[0] ?? found.target;
          const may = found.typeOnly
            ? [...run, ...type, ...(room === 'projections' ? ['log'] : [])]
            : run;
          return target !== room && !allowed(may, target);
        });
      expect(wrong).to.deep.equal([]);
    });
  }

  it('the domain reads no clock, no process and no chance', () => {
    for (const file of files.filter((name) => name.startsWith('domain/'))) {
      const text = readFileSync(join(SRC, file), 'utf8');
      expect(text, file).to.not.match(/\bDate\b|\bprocess\.(env|pid|argv)|Math\.random|globalThis/);
    }
  });

  it('imports run in no circle', () => {
    const graph = new Map<string, string[]>();
    for (const found of imports) {
      const path = pathOf(found);
      if (path !== null && !found.typeOnly)
        graph.set(found.file, [...(graph.get(found.file) ?? []), path]);
    }
    const done = new Set<string>();
    const visit = (file: string, way: readonly string[]): void => {
      expect(way, 'a circle of imports').to.not.include(file);
      if (done.has(file)) return;
      for (const next of graph.get(file) ?? []) visit(next, [...way, file]);
      done.add(file);
    };
    for (const file of files) visit(file, []);
  });

  it('no file is a drawer or grows out of hand', () => {
    for (const file of files) {
      expect(file).to.not.match(/(^|\/)(utils?|common|helpers|misc|index)(\/|\.ts$)/);
      const lines = readFileSync(join(SRC, file), 'utf8').split('\n').length;
      expect(lines, file).to.be.at.most(320);
    }
  });
});
