/** Takes something when it is first asked for, and hands the same to whoever asks before this turn ends. */
export const onceATurn = <T>(take: () => T): (() => T) => {
  let current: { readonly taken: T } | null = null;
  return () => {
    if (current === null) {
      current = { taken: take() };
      queueMicrotask(() => {
        current = null;
      });
    }
    return current.taken;
  };
};
