import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const find = (folder: string): string =>
  existsSync(join(folder, 'package.json')) ? folder : find(dirname(folder));

/** The package's own folder: a bundled module does not lie where its source does. */
export const packageRoot: string = find(dirname(fileURLToPath(import.meta.url)));

/** Whether we run from TypeScript sources. */
export const fromSource: boolean = import.meta.url.endsWith('.ts');
