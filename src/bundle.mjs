/**
 * Bundles the command line and the daemon into dist/: both pay for every file that they open, and for the loader of
 * modules, which takes longer than that of CommonJS. A bundle holds what is loaded only now and then too; Node runs
 * that part when it is asked for.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const require = createRequire(import.meta.url);
const src = dirname(fileURLToPath(import.meta.url));
const dist = join(src, '../dist');

for (const name of readdirSync(dist, { recursive: true })) {
  if (/\.c?js(\.cache)?$/.test(name) && !name.startsWith('launcher')) rmSync(join(dist, name));
}

/** The compiled part of LevelDB, which its package looks for beside itself. */
const binding = {
  name: 'binding',
  /** @param {import('esbuild').PluginBuild} build */
  setup: (build) => {
    build.onResolve({ filter: /^\.\/binding$/ }, ({ importer }) =>
      importer.includes('/classic-level/')
        ? { path: 'classic-level/binding.js', external: true }
        : undefined,
    );
  },
};

/** Parts of Node that are loaded when something of them is used: most command lines and daemons use none of some. */
const SELDOM = [
  'child_process',
  'fs/promises',
  'https',
  'perf_hooks',
  'readline',
  'readline/promises',
  'stream/promises',
  'zlib',
];
/** The same of the command line's library: the parts that find plugins and write help. */
const SELDOM_OF_OCLIF = /^\.\.?\/(plugin-loader|plugin|help|help\/index)$/;
const lazily = {
  name: 'lazily',
  /** @param {import('esbuild').PluginBuild} build */
  setup: (build) => {
    build.onResolve({ filter: new RegExp(`^(node:)?(${SELDOM.join('|')})$`) }, (asked) =>
      asked.namespace === 'lazily'
        ? { path: asked.path, external: true }
        : { path: `node:${asked.path.replace(/^node:/, '')}`, namespace: 'lazily' },
    );
    build.onResolve({ filter: SELDOM_OF_OCLIF }, ({ path, importer, resolveDir }) =>
      importer.includes('/@oclif/core/')
        ? { path: require.resolve(join(resolveDir, path)), namespace: 'lazily' }
        : undefined,
    );
    build.onLoad({ filter: /.*/, namespace: 'lazily' }, ({ path }) => {
      const getters = Object.getOwnPropertyNames(require(path)).map(
        (name) => `get ${JSON.stringify(name)}() { return require('${path}').${name}; }`,
      );
      return { contents: `module.exports = { ${getters.join(', ')} };`, resolveDir: src };
    });
  },
};

/** Modules that a bundle finds as a file of their own. */
const apart = (files) => ({
  name: 'apart',
  /** @param {import('esbuild').PluginBuild} build */
  setup: (build) => {
    for (const [module, path] of Object.entries(files))
      build.onResolve({ filter: new RegExp(`(^|/)${module}(\\.js)?$`) }, () => ({
        path,
        external: true,
      }));
  },
});

/** What esbuild leaves in regular expressions: a text that is all ASCII is read and held in half the room. */
const onlyAscii = (file) => {
  const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;
  const text = readFileSync(file, 'utf8');
  writeFileSync(file, text.replace(/[^\0-\x7f]/g, escaped));
};

/** @type {import('esbuild').BuildOptions} */
const common = {
  outbase: src,
  outdir: dist,
  bundle: true,
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};

/** @type {import('esbuild').BuildOptions} */
const commonJs = {
  ...common,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  // For Node the package names its CommonJS build, of which nothing can be left out.
  alias: { rxjs: join(src, '../node_modules/rxjs/dist/esm/index.js') },
  // What comes from the code cache cannot import.
  supported: { 'dynamic-import': false },
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href;" },
};

/** What is loaded for few command lines. */
const external = ['jiti', 'yaml', '@cdktn/hcl2json', 'typescript', 'ts-node', 'tsx'];

await build({
  ...commonJs,
  supported: {},
  entryPoints: [join(src, 'config/import-module.ts')],
});
// What every command line begins with, and all that the plain list needs.
await build({
  ...commonJs,
  entryPoints: [join(src, 'bin/main.ts')],
  plugins: [apart({ 'run-command': './run-command.cjs' })],
});
await build({
  ...commonJs,
  entryPoints: [join(src, 'bin/run-command.ts')],
  external,
  plugins: [
    binding,
    lazily,
    apart({
      'daemon/main': '../daemon/main.cjs',
      'import-module': '../config/import-module.cjs',
    }),
  ],
});
await build({
  ...commonJs,
  entryPoints: [join(src, 'daemon/entry.ts')],
  plugins: [apart({ main: './main.cjs' })],
});
// What few daemons ever load; the others need not have its text in memory.
const apartFromDaemon = ['execa', 'chokidar', 'croner', 'picomatch'];
await build({
  ...commonJs,
  entryPoints: Object.fromEntries(apartFromDaemon.map((name) => [`daemon/${name}`, name])),
});
await build({
  ...commonJs,
  entryPoints: [join(src, 'daemon/main.ts')],
  external,
  plugins: [binding, lazily, ...apartFromDaemon.map((name) => apart({ [name]: `./${name}.cjs` }))],
});
await build({
  ...common,
  format: 'esm',
  entryPoints: [join(src, 'bin/all-commands.ts')],
  plugins: [apart({ commands: './run-command.cjs' })],
});
await build({ ...common, format: 'esm', entryPoints: [join(src, 'client/client.ts')] });
for (const bundle of ['bin/run-command.cjs', 'daemon/main.cjs']) onlyAscii(join(dist, bundle));
