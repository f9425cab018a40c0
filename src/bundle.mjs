/**
 * Bundles the commands and the daemon into dist/: a command line pays for every file that it opens, and a
 * daemon for every function that it never calls. Modules that several entries need become shared chunks.
 */
import { readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const src = dirname(fileURLToPath(import.meta.url));
const dist = join(src, '../dist');

const commands = readdirSync(join(src, 'commands'), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name));

// CommonJS modules inside the bundle still ask for these.
const banner = `
import { createRequire as opmCreateRequire } from 'node:module';
import { dirname as opmDirname } from 'node:path';
import { fileURLToPath as opmFileURLToPath } from 'node:url';
const require = opmCreateRequire(import.meta.url);
const __filename = opmFileURLToPath(import.meta.url);
const __dirname = opmDirname(__filename);`;

for (const name of readdirSync(dist, { recursive: true })) {
  if (/\.c?js$/.test(name) && !name.startsWith('launcher')) rmSync(join(dist, name));
}
/** @type {import('esbuild').BuildOptions} */
const common = {
  outbase: src,
  outdir: dist,
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  minifySyntax: true,
  minifyWhitespace: true,
  logLevel: 'warning',
};
await build({
  ...common,
  entryPoints: [
    join(src, 'cli/run-command.ts'),
    join(src, 'client/client.ts'),
    join(src, 'daemon/entry.ts'),
    ...commands,
  ],
  chunkNames: 'chunks/[name]-[hash]',
  splitting: true,
  // For Node the package names its CommonJS build, of which nothing can be left out.
  alias: { rxjs: join(src, '../node_modules/rxjs/dist/esm/index.js') },
  external: [
    'level',
    'classic-level',
    'jiti',
    'yaml',
    'smol-toml',
    '@cdktn/hcl2json',
    'typescript',
    'ts-node',
    'tsx',
  ],
  banner: { js: banner },
});
// What every command line begins with, and all that the plain list needs: one file, in the form that Node loads
// in the least time.
await build({
  ...common,
  entryPoints: [join(src, 'cli/main.ts')],
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  external: ['./run-command.js'],
});
