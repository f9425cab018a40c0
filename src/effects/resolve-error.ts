/** Where a definition comes from. */
export interface Origin {
  /** Where relative paths begin. */
  readonly cwd: string;
  /** The environment of whoever asks: the base of the program's. */
  readonly env: Readonly<Record<string, string>>;
  /** The app file, absolute; null for a command line. */
  readonly source: string | null;
}

export type ResolveErrorCode =
  | 'SCRIPT_NOT_FOUND'
  | 'SCRIPT_NOT_READABLE'
  | 'INTERPRETER_NOT_FOUND'
  | 'CWD_NOT_USABLE'
  | 'ENV_FILE_NOT_READABLE'
  | 'NOT_PERMITTED'
  | 'LOG_NOT_WRITABLE'
  | 'LOG_FORMAT_UNAVAILABLE'
  | 'INVALID_APP';

/** A definition that cannot be run here; found before anything is recorded. */
export class ResolveError extends Error {
  override readonly name = 'ResolveError';

  constructor(
    readonly code: ResolveErrorCode,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
