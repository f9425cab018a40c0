import { ApiError } from '../api/api-error.js';
import type { Refusal } from '../domain/request.js';

const STATUS = {
  UNKNOWN_TARGET: 404,
  ALREADY_EXISTS: 409,
  INVALID_APP: 400,
  HAS_DEPENDENTS: 409,
  PLAN_CHANGED: 409,
  NOT_RUNNING: 409,
  RESTORE_OPEN: 409,
  RELOAD_OPEN: 409,
  LIMIT_EXCEEDED: 400,
} as const satisfies Record<Refusal['code'], number>;

/** A refusal as the API tells it. */
export const refused = ({ code, message, hint }: Refusal): ApiError =>
  new ApiError(STATUS[code], code, message, hint);
