/** Where a file is at fault, counted from 1 (null: nobody says), and what is wrong there. */
export interface Fault {
  readonly line: number | null;
  readonly problem: string;
}

/** What the readers of the formats say of the place, each in its own way. */
interface Said {
  readonly message?: string;
  readonly stack?: string;
  /** JSON5. */
  readonly lineNumber?: number;
  /** TOML. */
  readonly line?: number;
  /** YAML. */
  readonly linePos?: readonly { readonly line: number }[];
}

const escaped = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);

/** Code: the topmost place of the file in the stack, which begins with the place of a syntax error. */
const lineInText = (path: string, text: string): number | null => {
  const [, line] = new RegExp(`${escaped(path)}:(\\d+)`).exec(text) ?? [];
  return line === undefined ? null : Number(line);
};

/** What was wrong with a file, from the error of whatever read it. */
export const faultOf = (error: unknown, path: string): Fault => {
  const said: Said = typeof error === 'object' && error !== null ? error : {};
  const message = said.message ?? String(error);
  const line =
    said.linePos?.[0]?.line ??
    said.lineNumber ??
    said.line ??
    lineInText(path, `${said.stack ?? ''}\n${message}`);
  const [problem = ''] = message
    .replace(/^JSON5: /, '')
    .replace(/^\[?\S+:\d+,\d+-\d+,\d+: (.*?)\]?$/s, '$1')
    .replace(/ at (line \d+, column \d+:?|\d+:\d+)$/m, '')
    .split('\n');
  return { line, problem };
};
