/**
 * Says in one sentence why opm cannot work on this operating system, or null where it can.
 * Windows has neither signals nor process groups, the BSDs no start times that opm knows how to read.
 */
export const platformProblem = (platform: NodeJS.Platform = process.platform): string | null =>
  platform === 'linux' || platform === 'darwin'
    ? null
    : `opm runs on Linux and macOS; this is ${platform}, where it cannot tell one process from another for certain.`;
