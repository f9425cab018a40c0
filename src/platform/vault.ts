import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { access, link, open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Secret } from '../domain/environment.js';

/** A secret that the home does not have: it was taken away, or belongs to another home. */
export class VaultError extends Error {
  override readonly name = 'VaultError';
  readonly code = 'SECRET_MISSING';
  readonly hint = 'define the app again with its value';
}

/** The secret values of one home, each a file (mode 0600) under a name that only this home can work out. */
export interface Vault {
  /** The name of a value: the same for the same value. Writes nothing once the home has a key. */
  refer(value: string): Secret;
  /** Keeps values, each under the name that `refer` has for it; they are on the disk when it resolves. */
  keep(values: Iterable<string>): Promise<void>;
  /** @throws VaultError SECRET_MISSING */
  reveal(secret: Secret): string;
  /** Every value that it holds, to be looked for where none may stand; none where it cannot be read. */
  values(): readonly string[];
}

const NAME_LENGTH = 32;
const NAME = new RegExp(`^[\\w-]{${NAME_LENGTH}}$`);

const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

const draftOf = (path: string): string =>
  `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;

/** Creates the key as a whole or not at all; one that is there stays as it is. */
const createKey = (path: string): void => {
  const draft = draftOf(path);
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, randomBytes(32).toString('hex'));
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (!isThere(error)) throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
};

/** Creates a value as a whole or not at all; one that is there stays as it is. */
const createValue = async (path: string, text: string): Promise<void> => {
  const draft = draftOf(path);
  const file = await open(draft, 'wx', 0o600);
  try {
    await file.writeFile(text);
    await file.sync();
    await link(draft, path);
  } catch (error) {
    if (!isThere(error)) throw error;
  } finally {
    await file.close();
    await rm(draft, { force: true });
  }
};

const syncFolder = async (folder: string): Promise<void> => {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
};

/** So many files are written at once: enough that their syncs share a commit of the file system's journal. */
const AT_ONCE = 64;

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

const readAll = (folder: string): string[] => {
  try {
    return readdirSync(folder)
      .filter((name) => NAME.test(name))
      .map((name) => readFileSync(join(folder, name), 'utf8'));
  } catch {
    return [];
  }
};

const keepOne = async (path: string, value: string): Promise<void> => {
  const isKept = await access(path).then(
    () => true,
    () => false,
  );
  if (!isKept) await createValue(path, value);
};

/** The vault in this folder, which is made when the first secret is. */
export const openVault = (folder: string): Vault => {
  const keyFile = join(folder, 'key');
  let known: string | null = null;
  const key = (): string => {
    known ??= readOrNull(keyFile);
    if (known === null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      createKey(keyFile);
      known = readFileSync(keyFile, 'utf8');
    }
    return known;
  };
  // Keyed, so that nobody who has the log can try out short values.
  const refer = (value: string): Secret => ({
    secret: createHmac('sha256', key()).update(value).digest('base64url').slice(0, NAME_LENGTH),
  });
  const pathOf = ({ secret }: Secret): string => join(folder, secret);
  return {
    refer,
    keep: async (values) => {
      const wanted = [...new Set(values)];
      for (let from = 0; from < wanted.length; from += AT_ONCE) {
        const some = wanted.slice(from, from + AT_ONCE);
        await Promise.all(some.map((value) => keepOne(pathOf(refer(value)), value)));
      }
      // Also when all were there: another request may have made them, and not be as far yet.
      if (wanted.length > 0) await syncFolder(folder);
    },
    reveal: (secret) => {
      const value = /^[\w-]+$/.test(secret.secret) ? readOrNull(pathOf(secret)) : null;
      if (value !== null) return value;
      throw new VaultError(`the value of a secret (${secret.secret}) is not in ${folder}`);
    },
    values: () => readAll(folder),
  };
};
