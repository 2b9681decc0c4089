const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 1 });
const EXACT_MAX = 9_999;

/** 12, 9,999, 12.3K */
export function count(value: number): string {
  return value <= EXACT_MAX ? whole.format(value) : compact.format(value);
}

/** `one record`, `2 records` */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Events a second: 0.4/s, 12/s */
export function rate(perSecond: number): string {
  const digits = perSecond > 0 && perSecond < 9.95 ? 1 : 0;
  return `${digits === 0 ? count(perSecond) : perSecond.toFixed(digits)}/s`;
}

/** 0.4 s, 12 s, 3 min, 5 h, 2 d */
export function duration(seconds: number): string {
  if (seconds < 9.95) return `${Number(seconds.toFixed(1))} s`;
  if (seconds < 120) return `${Math.round(seconds)} s`;
  if (seconds < 2 * 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** What lies between two times of a story: +3 ms, +1.2 s */
export function offset(milliseconds: number): string {
  return milliseconds < 1_000 ? `+${Math.round(milliseconds)} ms` : `+${duration(milliseconds / 1_000)}`;
}

/** 2026-11-26 04:05:06.789 in the reader's own time zone. */
export function localTime(iso: string): string {
  const at = new Date(iso);
  if (Number.isNaN(at.getTime())) return iso;
  const two = (value: number, digits = 2) => String(value).padStart(digits, '0');
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  const time = `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
  return `${day} ${time}.${two(at.getMilliseconds(), 3)}`;
}

/** JSON indented; any other text as it is. */
export function pretty(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
