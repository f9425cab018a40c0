/** Writes what is made from the schema of app files: docs/opm.schema.json and the tables of docs/configuration.md. */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { appFlags, keyOfFlag } from '../src/cli/app-flags.js';
import { fileJsonSchema } from '../src/config/json-schema.js';
import { referenceOf } from '../src/config/reference.js';

const MARK = '<!-- From here on: npm run docs -->';

const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const configuration = (): string => {
  const [written = ''] = readFileSync(at('docs/configuration.md'), 'utf8').split(MARK);
  const flags = Object.entries(appFlags).map(([flag, { description = '' }]) => ({
    flag,
    key: keyOfFlag(flag),
    description,
  }));
  return `${written}${MARK}\n\n${referenceOf(flags)}`;
};

/** What each generated file has to hold, by its path. */
export const generated = (): Readonly<Record<string, string>> => ({
  'docs/opm.schema.json': `${JSON.stringify(fileJsonSchema(), null, 2)}\n`,
  'docs/configuration.md': configuration(),
});

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const [path, content] of Object.entries(generated())) writeFileSync(at(path), content);
}
