import type { Definition } from '../domain/definition.js';

const readable = (value: unknown): string => JSON.stringify(value, null, 2);

const WRITERS = {
  json: (apps) => `${readable({ apps })}\n`,
  yaml: async (apps) => (await import('yaml')).stringify({ apps }),
  toml: async (apps) => (await import('smol-toml')).stringify({ apps }),
  hcl: async (apps) => (await import('./hcl.js')).formatHcl(apps),
  js: (apps) => `export default ${readable({ apps })};\n`,
  cjs: (apps) => `module.exports = ${readable({ apps })};\n`,
  ts: (apps) => `export default ${readable({ apps })};\n`,
} satisfies Record<string, (apps: readonly Definition[]) => string | Promise<string>>;

export type Format = keyof typeof WRITERS;

export const FORMATS = Object.keys(WRITERS) as readonly Format[];

/** The format that the name of a file stands for, or null. */
export const formatOf = (file: string): Format | null => {
  const [, extension] = /\.([a-z]+)$/.exec(file) ?? [];
  const other = { yml: 'yaml', mjs: 'js', mts: 'ts' }[extension ?? ''] ?? extension;
  return FORMATS.find((format) => format === other) ?? null;
};

/** An app file of these definitions. */
export const formatApps = async (apps: readonly Definition[], format: Format): Promise<string> =>
  WRITERS[format](apps);
