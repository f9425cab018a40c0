import type { Seq } from '../domain/ids.js';
import type { Snapshot } from './event-log.js';
import { hashOf } from './hash.js';
import * as keys from './keys.js';
import type { Database, Operation } from './writer.js';

const KEPT = 2;
const CHECKSUM_LENGTH = 43;

interface Saved {
  readonly shape: string;
  readonly state: unknown;
  /** Of the event that the snapshot was made after: it fits no other log. */
  readonly eventHash: string;
}

/** What saves a snapshot and drops older ones; nothing when its event is not in the log. */
export const snapshotOperations = async (
  db: Database,
  { seq: at, shape, state }: Snapshot & { readonly shape: string },
): Promise<Operation[]> => {
  const event = await db.get(keys.eventKey(at));
  if (event === undefined) return [];
  const body = JSON.stringify({ shape, state, eventHash: hashOf(event) } satisfies Saved);
  const old = await db.keys({ ...keys.all('s'), reverse: true }).all();
  return [
    ...old.slice(KEPT - 1).map((key) => ({ type: 'del' as const, key })),
    { type: 'put', key: keys.snapshotKey(at), value: `${hashOf(body)}${body}` },
  ];
};

/** The newest snapshot of this shape at or before a seq, if it is whole and fits the log. */
export const findSnapshot = async (
  db: Database,
  shape: string,
  until: Seq,
): Promise<Snapshot | undefined> => {
  const range = { ...keys.between(keys.snapshotKey, 0, until), reverse: true };
  for await (const [key, text] of db.iterator(range)) {
    const [checksum, body] = [text.slice(0, CHECKSUM_LENGTH), text.slice(CHECKSUM_LENGTH)];
    if (hashOf(body) !== checksum) continue;
    const saved = JSON.parse(body) as Saved;
    const at = keys.seqOfKey(key);
    const event = await db.get(keys.eventKey(at));
    if (saved.shape !== shape || event === undefined || hashOf(event) !== saved.eventHash) continue;
    return { seq: at, state: saved.state };
  }
  return undefined;
};
