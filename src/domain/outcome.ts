import type { Answer, Outcome, RefusalCode } from './request.js';

export const NOTHING: Answer = {
  processes: [],
  existing: [],
  restore: null,
  plan: null,
  removed: [],
  label: null,
};

export const accept = (answer: Partial<Answer>): Outcome => ({
  answer: { ...NOTHING, ...answer },
});

export const refuse = (code: RefusalCode, message: string, hint: string): Outcome => ({
  refusal: { code, message, hint },
});

export const unknownTarget = (text: string, suggestion: string | null): Outcome =>
  refuse(
    'UNKNOWN_TARGET',
    `no process, name or namespace matches "${text}"`,
    suggestion === null ? '`opm list` shows what there is' : `did you mean "${suggestion}"?`,
  );
