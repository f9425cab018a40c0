/** A word as it would be typed into a shell; control characters escaped, so that it stays on one line. */
export const shellWord = (word: string): string => {
  if (/^[\w%+,./:=@*-]+$/.test(word)) return word;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it looks for
  if (/[\u0000-\u001f\u007f]/.test(word)) return JSON.stringify(word);
  return `'${word.replaceAll("'", `'\\''`)}'`;
};
