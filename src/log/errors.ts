/** What can go wrong with a log; callers match the code, never the message. */
export type LogErrorCode =
  /** Another process holds the log. */
  | 'LOG_LOCKED'
  /** There is no log here, and none was to be made. */
  | 'LOG_MISSING'
  /** What is stored is not what was written; the message names the record. */
  | 'LOG_CORRUPT'
  /** A file of the log is gone or damaged, or what was acknowledged is not there any more. */
  | 'LOG_DAMAGED'
  /** Of a damaged log not even the record of itself is left: there is nothing to keep. */
  | 'LOG_LOST'
  /** There is a log already where one was to be made of an export. */
  | 'LOG_EXISTS'
  /** An export is not what was exported; the message names the line. */
  | 'EXPORT_DAMAGED'
  /** The log as a whole has a format that this version does not know. */
  | 'LOG_FORMAT'
  /** An event has a type, or a version of its type, that this version does not know. */
  | 'LOG_EVENT_UNKNOWN'
  /** The folder or its files cannot be read. */
  | 'LOG_NOT_READABLE'
  /** The folder or its files cannot be written. */
  | 'LOG_NOT_WRITABLE'
  /** A batch was not written; the log is as it was before. */
  | 'LOG_WRITE_FAILED'
  /** The log was closed, or was being opened anew after a failed write. */
  | 'LOG_CLOSED';

const REPAIR =
  'Nothing was changed. `opm history repair --dry-run` says what is whole; without the flag it moves the damaged log aside and keeps that.';

const HINTS: Readonly<Record<LogErrorCode, string>> = {
  LOG_LOCKED: 'One daemon owns a log. Ask that daemon, or stop it first.',
  LOG_MISSING: 'Check OPM_HOME; the first start of the daemon creates the log.',
  LOG_CORRUPT: REPAIR,
  LOG_DAMAGED: REPAIR,
  LOG_LOST:
    'Nothing was changed. Bring the folder back from a copy, or move it aside: the next start makes a new log.',
  LOG_EXISTS: 'Nothing was changed. Import into a home without a log: --home DIR.',
  EXPORT_DAMAGED: 'Nothing was changed. Export it again, or copy the file again.',
  LOG_FORMAT: 'The log was written by another version of opm; use that version, or a newer one.',
  LOG_EVENT_UNKNOWN:
    'The log was written by a newer version of opm; use that version, or a newer one.',
  LOG_NOT_READABLE: 'Check owner and permissions of the home.',
  LOG_NOT_WRITABLE: 'Check owner, permissions and mount options of the home.',
  LOG_WRITE_FAILED: 'Check free space and health of the disk. The log stays as it was.',
  LOG_CLOSED: 'Try again.',
};

/** A failure of the log with a stable `code`, and a `hint` that says what to do about it. */
export class LogError extends Error {
  override readonly name = 'LogError';
  readonly hint: string;

  constructor(
    readonly code: LogErrorCode,
    message: string,
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.hint = HINTS[code];
  }
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** The innermost cause: `level` wraps what LevelDB said about opening. */
export const rootCause = (error: unknown): unknown =>
  error instanceof Error && error.cause !== undefined && !(error instanceof LogError)
    ? rootCause(error.cause)
    : error;

export const isLocked = (error: unknown): boolean => codeOf(rootCause(error)) === 'LEVEL_LOCKED';

const NOT_WRITABLE = /permission denied|read-only file system|operation not permitted/i;
const DISK_FULL = /no space left|disk quota exceeded|file too large/i;

/**
 * What LevelDB or the file system said, as a LogError. LevelDB passes strerror(3) on in its message and has no
 * code for it, so the message is all there is to match. `opened` is the folder that was opened in place of `dir`.
 */
export const openFailure = (dir: string, error: unknown, opened = dir): LogError => {
  if (error instanceof LogError) return error;
  const text = textOf(rootCause(error)).replaceAll(opened, dir);
  if (NOT_WRITABLE.test(text) || ['EACCES', 'EROFS', 'EPERM'].includes(String(codeOf(error))))
    return new LogError('LOG_NOT_WRITABLE', `${dir} cannot be written: ${text}`, error);
  if (DISK_FULL.test(text))
    return new LogError('LOG_WRITE_FAILED', `${dir} cannot be opened: ${text}`, error);
  return new LogError('LOG_CORRUPT', `${dir} cannot be opened: ${text}`, error);
};

/** A failed read as a LogError: whatever LevelDB cannot give back is damaged, unless the log was closed. */
export const readFailure = (error: unknown): LogError => {
  if (error instanceof LogError) return error;
  if (/NOT_OPEN|ABORTED/.test(String(codeOf(error))))
    return new LogError('LOG_CLOSED', 'the log was closed while it was being read', error);
  return new LogError('LOG_CORRUPT', `the log cannot be read: ${textOf(error)}`, error);
};

/** A failed write as a LogError. */
export const writeFailure = (error: unknown): LogError => {
  if (error instanceof LogError) return error;
  if (/NOT_OPEN/.test(String(codeOf(error))))
    return new LogError('LOG_CLOSED', 'the log is closed', error);
  return new LogError('LOG_WRITE_FAILED', `the log was not written: ${textOf(error)}`, error);
};
