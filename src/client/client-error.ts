/** A request that failed: the daemon's own error, or that it cannot be reached (`code` says which). */
export class ClientError extends Error {
  override readonly name = 'ClientError';

  constructor(
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
