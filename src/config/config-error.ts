/** A file that cannot be used: which one, where in it (null: all of it), and what was expected there. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
  readonly code = 'BAD_FILE';

  constructor(
    readonly file: string,
    readonly place: string | null,
    readonly problem: string,
    readonly hint = 'nothing was started or changed',
  ) {
    super([file, ...(place === null ? [] : [place]), problem].join(': '));
  }
}
