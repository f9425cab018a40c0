import { isObject } from './check-app.js';

/**
 * The predecessor's files: `process "name" { script = "…", env { … }, watch { path = "…" }, max_memory = "…" }`. Any
 * other key of an app may stand there, too.
 */

/** Keys whose value is a block rather than a list of them. */
const BLOCKS = new Set(['env', 'default_env', 'watch_options', 'schedule', 'ready', 'health']);

const literal = (value: unknown, place: string): unknown => {
  if (Array.isArray(value)) return value.map((entry) => literal(entry, place));
  if (isObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([key, entry]) => [key, literal(entry, `${place}.${key}`)]),
    );
  }
  if (typeof value !== 'string') return value;
  if (/(?<![$%])[$%]\{/.test(value))
    throw new Error(`${place}: expected a value, not an expression`);
  return value.replaceAll(/([$%])\1\{/g, '$1{');
};

const oneBlock = (value: unknown): unknown =>
  Array.isArray(value) && value.length === 1 && isObject(value[0]) ? value[0] : value;

const watchOf = (value: unknown): unknown => {
  const block = oneBlock(value);
  return isObject(block) ? [block.path].flat() : block;
};

const appOf = (name: string, block: Record<string, unknown>): Record<string, unknown> => ({
  name,
  ...Object.fromEntries(
    Object.entries(block).map(([key, value]) => {
      if (key === 'watch') return [key, watchOf(value)];
      return [key, BLOCKS.has(key) ? oneBlock(value) : value];
    }),
  ),
});

/**
 * What a file in HCL describes, as an app file would have it.
 *
 * @throws Error that says where it is no such file.
 */
export const parseHcl = async (text: string, file: string): Promise<unknown> => {
  const { parse } = await import('@cdktn/hcl2json');
  const parsed: unknown = await parse(file, text).catch((error: unknown) => {
    throw new Error(String((error as Error)?.message ?? error).replace(/^parse config: /, ''));
  });
  const { process: blocks, ...others } = (isObject(parsed) ? parsed : {}) as Record<
    string,
    unknown
  >;
  const [stranger] = Object.keys(others);
  if (stranger !== undefined) throw new Error(`${stranger}: expected process "name" { … }`);
  if (!isObject(blocks)) throw new Error('expected process "name" { … }');
  const apps = Object.entries(blocks).flatMap(([name, given]) => {
    const [block, another] = [given].flat();
    if (another !== undefined) throw new Error(`process "${name}" is there twice`);
    return [literal(appOf(name, block as Record<string, unknown>), `process "${name}"`)];
  });
  return { apps };
};

const quoted = (text: string): string =>
  JSON.stringify(text).replaceAll(/[$%]\{/g, (sign) => sign[0] + sign);

const isName = (key: string): boolean => /^[A-Za-z_][\w-]*$/.test(key);

const valueText = (value: unknown): string => {
  if (typeof value === 'string') return quoted(value);
  if (Array.isArray(value)) return `[${value.map(valueText).join(', ')}]`;
  if (!isObject(value)) return String(value);
  const entries = Object.entries(value).map(
    ([key, entry]) => `${quoted(key)} = ${valueText(entry)}`,
  );
  return `{ ${entries.join(', ')} }`;
};

const blockLines = (name: string, block: Record<string, unknown>): string[] => {
  if (!Object.keys(block).every(isName)) return [`  ${name} = ${valueText(block)}`];
  const lines = Object.entries(block).map(([key, value]) => `    ${key} = ${valueText(value)}`);
  return [`  ${name} {`, ...lines, '  }'];
};

const keyLines = (key: string, value: unknown): string[] => {
  if (key === 'watch' && Array.isArray(value) && value.length === 1)
    return blockLines('watch', { path: value[0] as unknown });
  if (BLOCKS.has(key) && isObject(value)) return blockLines(key, value);
  return [`  ${key === 'max_memory_restart' ? 'max_memory' : key} = ${valueText(value)}`];
};

/** Definitions as a file in HCL. */
export const formatHcl = (apps: readonly Readonly<Record<string, unknown>>[]): string =>
  apps
    .map(({ name, ...keys }) => {
      const lines = Object.entries(keys).flatMap(([key, value]) => keyLines(key, value));
      return [`process ${quoted(String(name))} {`, ...lines, '}', ''].join('\n');
    })
    .join('\n');
