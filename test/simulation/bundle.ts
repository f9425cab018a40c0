import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const CACHE = join(ROOT, 'node_modules/.cache/opm-simulation');

/** One change of one source file, made while it is loaded: the file itself stays as it is. */
export interface Edit {
  /** From the root of the repository. */
  readonly file: string;
  /** Stands there exactly once. */
  readonly find: string;
  readonly replace: string;
}

const editing = ({ file, find, replace }: Edit): Plugin => ({
  name: 'edit',
  setup({ onLoad }) {
    const path = join(ROOT, file);
    const filter = new RegExp(`${path.replaceAll(/[.\\/]/g, '\\$&')}$`);
    onLoad({ filter }, () => {
      const text = readFileSync(path, 'utf8');
      const found = text.split(find).length - 1;
      if (found !== 1) throw new Error(`"${find}" stands ${found} times in ${file}, not once`);
      return { contents: text.replace(find, () => replace), loader: 'ts' };
    });
  },
});

/** CommonJS modules inside the bundle ask for `require`. */
const banner = `import { createRequire as opmRequire } from 'node:module';
const require = opmRequire(import.meta.url);`;

/** Bundles what a worker runs, with an edit if one is given, and answers with the file's path. */
export const bundleWorker = async (name: string, edit: Edit | null = null): Promise<string> => {
  mkdirSync(CACHE, { recursive: true });
  // Inside the package, whose root the code looks for.
  const outfile = join(CACHE, `${name.replaceAll(/\W+/g, '-')}-${process.pid}.mjs`);
  await build({
    entryPoints: [join(ROOT, 'test/simulation/worker.ts')],
    outfile,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    banner: { js: banner },
    plugins: edit ? [editing(edit)] : [],
    logLevel: 'silent',
  });
  return outfile;
};
