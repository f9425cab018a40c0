import { decideReport } from './decide-report.js';
import { decideRequest } from './decide-request.js';
import type { Context } from './decision.js';
import { Decision } from './decision.js';
import type { Decided } from './event.js';
import { advance } from './lifecycle.js';
import type { Report } from './report.js';
import type { Outcome, Request } from './request.js';
import type { State } from './state.js';

/** What a request comes to: an answer with the events that make it true, or a refusal without any. */
export const decide = (
  state: State,
  request: Request,
  context: Context,
): { readonly events: readonly Decided[]; readonly outcome: Outcome } => {
  const decision = new Decision(state, context);
  const outcome = decideRequest(decision, request);
  advance(decision);
  return { events: 'refusal' in outcome ? [] : decision.events, outcome };
};

/** What a fact about the world means. Facts are never refused; a stale one means nothing. */
export const observe = (state: State, report: Report, context: Context): readonly Decided[] => {
  const decision = new Decision(state, context);
  decideReport(decision, report);
  advance(decision);
  return decision.events;
};
