import { custom } from '@oclif/core/flags';
import { parseDuration } from '../domain/units.js';

/** A flag that takes `500`, `500ms`, `3s`, `2m` or `1h`, as ms. */
export const duration = custom<number>({
  helpValue: 'TIME',
  parse: async (input) => {
    const ms = parseDuration(input);
    if (ms === null) throw new Error(`"${input}" is no time: 500 (ms), 500ms, 3s, 2m or 1h`);
    return ms;
  },
});
