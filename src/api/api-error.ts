/** An answer that is no success: `{error: {code, message, hint}}` with its HTTP status. */
export class ApiError extends Error {
  override readonly name = 'ApiError';

  constructor(
    readonly status: 400 | 404 | 409 | 413 | 422 | 500 | 503 | 507,
    readonly code: string,
    message: string,
    readonly hint: string,
  ) {
    super(message);
  }
}
