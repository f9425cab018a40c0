import { createHmac, randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeSync,
} from 'node:fs';
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
  /** Keeps a value, on the disk before it answers. */
  keep(value: string): Secret;
  /** @throws VaultError SECRET_MISSING */
  reveal(secret: Secret): string;
}

const isThere = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'EEXIST';

/** Creates a whole file or none; one that is there stays as it is. */
const createWhole = (path: string, text: string): void => {
  const draft = `${path}.${process.pid}-${randomBytes(4).toString('hex')}`;
  const file = openSync(draft, 'wx', 0o600);
  try {
    writeSync(file, text);
    fsyncSync(file);
    linkSync(draft, path);
  } catch (error) {
    if (!isThere(error)) throw error;
  } finally {
    closeSync(file);
    rmSync(draft, { force: true });
  }
};

const readOrNull = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
};

/** The vault in this folder, which is made when the first secret is. */
export const openVault = (folder: string): Vault => {
  const keyFile = join(folder, 'key');
  let known: string | null = null;
  const key = (): string => {
    known ??= readOrNull(keyFile);
    if (known === null) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      createWhole(keyFile, randomBytes(32).toString('hex'));
      known = readFileSync(keyFile, 'utf8');
    }
    return known;
  };
  // Keyed, so that nobody who has the log can try out short values.
  const refer = (value: string): Secret => ({
    secret: createHmac('sha256', key()).update(value).digest('base64url').slice(0, 32),
  });
  const pathOf = ({ secret }: Secret): string => join(folder, secret);
  return {
    refer,
    keep: (value) => {
      const secret = refer(value);
      if (readOrNull(pathOf(secret)) === null) createWhole(pathOf(secret), value);
      return secret;
    },
    reveal: (secret) => {
      const value = /^[\w-]+$/.test(secret.secret) ? readOrNull(pathOf(secret)) : null;
      if (value !== null) return value;
      throw new VaultError(`the value of a secret (${secret.secret}) is not in ${folder}`);
    },
  };
};
