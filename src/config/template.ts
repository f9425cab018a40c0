import { groups } from './app-keys.js';
import { appProperties } from './json-schema.js';
import type { Format } from './write-file.js';

/** How a format writes a comment, one key, and what stands around the keys of one app. */
interface Syntax {
  readonly comment: string;
  readonly key: (name: string, value: unknown) => string;
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly indent: string;
}

const json = (value: unknown): string => JSON.stringify(value);

const code = (before: readonly string[]): Syntax => ({
  comment: '//',
  key: (name, value) => `${name}: ${json(value)},`,
  before: [...before, '  apps: [', '    {'],
  after: ['    },', '  ],', '};'],
  indent: '      ',
});

const SYNTAX: Readonly<Partial<Record<Format, Syntax>>> = {
  yaml: {
    comment: '#',
    key: (name, value) => `${name}: ${json(value)}`,
    before: ['apps:', '  -'],
    after: [],
    indent: '    ',
  },
  toml: {
    comment: '#',
    key: (name, value) => `${name} = ${json(value)}`,
    before: ['[[apps]]'],
    after: [],
    indent: '',
  },
  js: code(['export default {']),
  ts: code(['export default {']),
  cjs: code(['module.exports = {']),
};

/** Values that show what a key takes where nothing holds by default. */
const SAMPLES: Readonly<Record<string, unknown>> = {
  args: ['--port', '8080'],
  cwd: '.',
  env: { PORT: '8080' },
  env_file: '.env',
  interpreter: 'node',
  instances: 1,
  max_memory_restart: '512M',
  cron_restart: '0 4 * * *',
};

/** The groups whose keys the file shows; docs/configuration.md has all. */
const SHOWN = ['Program', 'Environment', 'Restart', 'Stop', 'Memory', 'Watch'] as const;

const keysOf = (group: (typeof SHOWN)[number], { comment, key }: Syntax): string[] => {
  const properties = appProperties();
  return Object.keys(groups[group]).flatMap((name) => {
    if (name === 'name' || name === 'script') return [];
    const { description, default: byDefault } = properties[name] ?? {};
    const sample = SAMPLES[name] ?? byDefault;
    if (sample === undefined || (Array.isArray(sample) && sample.length === 0)) return [];
    if (typeof sample === 'object' && comment === '#' && key('', {}).includes('=')) return [];
    return [`${comment} ${description}`, `${comment} ${key(name, sample)}`];
  });
};

/**
 * A commented app file with one app; null for formats that know no comments. It is valid as it is, and each line that
 * is commented out is valid too.
 */
export const templateOf = (
  format: Format,
  app: { readonly name: string; readonly script: string },
): string | null => {
  const syntax = SYNTAX[format];
  if (!syntax) return null;
  const { comment, key, before, after, indent } = syntax;
  const body = [
    key('name', app.name),
    key('script', app.script),
    ...SHOWN.flatMap((group) => ['', `${comment} --- ${group}`, ...keysOf(group, syntax)]),
  ];
  const lines = [
    `${comment} Apps of this folder. \`opm apply\` shows what would change and carries it out.`,
    `${comment} Times are ms or texts such as "3s"; sizes are bytes or texts such as "512M".`,
    ...before,
    ...body.map((line) => (line === '' ? '' : indent + line)),
    ...after,
  ];
  return `${lines.join('\n')}\n`;
};
