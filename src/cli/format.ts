const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'] as const;

/** `17.2 MB`; `-` for null. */
export const formatBytes = (bytes: number | null): string => {
  if (bytes === null) return '-';
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < UNITS.length - 1) [value, unit] = [value / 1024, unit + 1];
  return `${unit === 0 ? value : value.toFixed(1)} ${UNITS[unit]}`;
};

/** `3s`, `5m`, `2h`, `4d`: the largest unit that fits. */
export const formatAge = (ms: number): string => {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 60) return `${seconds}s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
};

/** Local time with milliseconds, sortable as text. */
export const formatTime = (at: number): string => {
  const local = new Date(at - new Date(at).getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 23).replace('T', ' ');
};

/** `500 ms`, `1.5 s`, `15 min`, `2 h`: a setting in the unit that a person would have typed. */
export const formatDuration = (ms: number): string => {
  const unit = (
    [
      ['h', 3_600_000],
      ['min', 60_000],
      ['s', 1000],
    ] as const
  ).find(([, size]) => ms >= size && (ms * 10) % size === 0);
  return unit ? `${ms / unit[1]} ${unit[0]}` : `${ms} ms`;
};
