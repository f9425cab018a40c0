import { hash } from 'node:crypto';
import type { LogIdentity } from './event-log.js';

/** SHA-256 of a text, base64url. */
export const hashOf = (text: string): string => hash('sha256', text, 'base64url');

/** What the first event is chained to. */
export const genesis = (identity: LogIdentity): string => hashOf(`opm log ${identity.id}`);
