/** Ages, durations and moments, in seconds everywhere. */

/** `12 s`, `4m 07s`, `1h 04m`, `3d 02h`. */
export function formatDuration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 1) return s === 0 ? "0 s" : `${Math.max(1, Math.round(s * 1000))} ms`;
  if (s < 60) return `${Math.floor(s)} s`;
  const two = (n: number): string => String(Math.floor(n)).padStart(2, "0");
  if (s < 3600) return `${Math.floor(s / 60)}m ${two(s % 60)}s`;
  if (s < 86400) return `${Math.floor(s / 3600)}h ${two((s % 3600) / 60)}m`;
  return `${Math.floor(s / 86400)}d ${two((s % 86400) / 3600)}h`;
}

/** `now`, `12 s`, `4 min`, `3 h`, `6 d`, `5 wk`, `2 y`: one number, one unit. */
export function formatAge(seconds: number): string {
  if (seconds < 5) return "now";
  if (seconds < 60) return `${Math.floor(seconds)} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min`;
  if (seconds < 86400) return `${Math.floor(seconds / 3600)} h`;
  if (seconds < 14 * 86400) return `${Math.floor(seconds / 86400)} d`;
  if (seconds < 365 * 86400) return `${Math.floor(seconds / (7 * 86400))} wk`;
  return `${Math.floor(seconds / (365 * 86400))} y`;
}

/** The age with its direction in words: `4 min ago`. */
export function formatAgo(seconds: number): string {
  return seconds < 5 ? "just now" : `${formatAge(seconds)} ago`;
}

/** Local date and time to the second, in the order that sorts: `2026-11-20 23:41:07`. */
export function formatMoment(seconds: number): string {
  const d = new Date(seconds * 1000);
  return `${formatDay(d)} ${formatClock(d, true)}`;
}

function formatDay(d: Date): string {
  return `${d.getFullYear()}-${pad(d.getMonth() + 1)}-${pad(d.getDate())}`;
}

function formatClock(d: Date, precise: boolean): string {
  return `${pad(d.getHours())}:${pad(d.getMinutes())}${precise ? `:${pad(d.getSeconds())}` : ""}`;
}

function pad(n: number): string {
  return String(n).padStart(2, "0");
}

/** Labels of ticks on an axis of UTC seconds: clock times within a day, dates beyond. */
export function timeLabels(values: readonly number[]): string[] {
  const gap = values.length > 1 ? (values[1] as number) - (values[0] as number) : 60;
  let day = "";
  return values.map((value) => {
    const date = new Date(value * 1000);
    const today = formatDay(date);
    const changed = day !== "" && today !== day;
    day = today;
    if (gap >= 86400) return today.slice(5);
    if (gap < 1) return `${formatClock(date, true)}.${String(date.getMilliseconds()).padStart(3, "0")}`;
    return changed ? `${today.slice(5)} ${formatClock(date, false)}` : formatClock(date, gap < 60);
  });
}

/** Labels of ticks on an axis of seconds since a run began. */
export function durationLabels(values: readonly number[]): string[] {
  const gap = values.length > 1 ? (values[1] as number) - (values[0] as number) : 1;
  return values.map((value) => {
    if (value === 0) return "0";
    if (gap < 1) return `${Number(value.toPrecision(4))} s`;
    if (gap < 60 && value < 60) return `${value} s`;
    if (gap >= 86400) return `${Math.round(value / 86400)} d`;
    if (gap >= 3600) return `${Math.round(value / 3600)} h`;
    if (gap >= 60)
      return value < 3600
        ? `${Math.round(value / 60)} min`
        : `${Math.floor(value / 3600)}h ${pad(Math.round((value % 3600) / 60))}m`;
    return `${Math.floor(value / 60)}m ${pad(value % 60)}s`;
  });
}
