import { canonicalKey } from './aliases.js';
import { appSpec } from './app-keys.js';
import { unknownKey } from './check-app.js';

const asJson = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
};

/**
 * The value that a text on the command line means for a key: a number, a list and so on where the key takes one and the
 * text is one as JSON, else the text. Variables (`env.NAME`) are always texts.
 *
 * @throws Error `unknown key`
 */
export const readSetting = (key: string, text: string): unknown => {
  if (/^(env|default_env)\../s.test(key)) return text;
  const name = canonicalKey(key);
  if (!Object.hasOwn(appSpec.shape, name))
    throw new Error(`${key}: ${unknownKey(key, Object.keys(appSpec.shape))}`);
  const schema = appSpec.shape[name as keyof typeof appSpec.shape];
  const value = asJson(text);
  return typeof value !== 'string' && schema.safeParse(value).success ? value : text;
};
