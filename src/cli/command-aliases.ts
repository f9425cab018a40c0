/** What some commands are called too, mostly by those who come from another process manager. */
export const ALIASES = {
  delete: ['remove', 'rm', 'del'],
  info: ['describe', 'show'],
  list: ['ls', 'ps', 'status'],
  reload: ['startOrReload', 'gracefulReload', 'startOrGracefulReload'],
  restart: ['startOrRestart'],
  restore: ['resurrect'],
} satisfies Readonly<Record<string, string[]>>;
