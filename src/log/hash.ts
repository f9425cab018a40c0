import { hash } from 'node:crypto';

/** SHA-256 of a text's UTF-8 bytes, as 43 characters of base64url. */
export const sha256 = (text: string): string => hash('sha256', text, 'base64url');

/** What the first event of a log holds as the hash of its predecessor: no two logs share a beginning. */
export const genesis = (homeId: string): string => sha256(`opm log ${homeId}`);
