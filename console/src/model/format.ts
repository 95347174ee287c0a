/** Text of numbers, sizes and times. */

const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const compact = new Intl.NumberFormat('en-US', { notation: 'compact', maximumFractionDigits: 1 });

/** "12,345"; "–" for what is not known. */
export function numberText(value: number | string | null | undefined): string {
  if (value === null || value === undefined || value === '') return '–';
  if (typeof value === 'string') return /^-?\d+$/.test(value) ? whole.format(BigInt(value)) : value;
  return whole.format(value);
}

/** "123.4K" from a hundred thousand on. */
export function shortNumber(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  return Math.abs(value) < 100_000 ? whole.format(value) : compact.format(value);
}

const byteUnits = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB', 'EiB'];

/** "1.5 MiB": powers of 1024, three digits. */
export function bytesText(value: number | null | undefined): string {
  if (value === null || value === undefined) return '–';
  const sign = value < 0 ? '−' : '';
  let size = Math.abs(value);
  let unit = 0;
  while (size >= 1023.5 && unit < byteUnits.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || size >= 100 ? 0 : size >= 10 ? 1 : 2;
  const text = size.toFixed(digits);
  return `${sign}${digits > 0 ? text.replace(/\.?0+$/, '') : text} ${byteUnits[unit]}`;
}

/** "+1,200", "−3", "0". */
export function changeText(value: number): string {
  if (value === 0) return '0';
  return `${value > 0 ? '+' : '−'}${whole.format(Math.abs(value))}`;
}

const steps: [Intl.RelativeTimeFormatUnit, number][] = [
  ['second', 60],
  ['minute', 60],
  ['hour', 24],
  ['day', 30],
  ['month', 12],
  ['year', Number.POSITIVE_INFINITY],
];
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });

/** "just now", "3 minutes ago", "in 2 days". */
export function relativeTime(time: number, now: number): string {
  let amount = (time - now) / 1000;
  if (Math.abs(amount) < 10) return 'just now';
  for (const [unit, length] of steps) {
    const rounded = Math.trunc(amount);
    if (Math.abs(rounded) < length) return relative.format(rounded, unit);
    amount /= unit === 'day' ? 30.44 : length;
  }
  return '';
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

/** "2026-01-31 09:05:07.120", in the zone of the reader. */
export function exactTime(time: number): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return String(time);
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  const fraction = date.getMilliseconds();
  return `${day} ${clock}${fraction === 0 ? '' : `.${String(fraction).padStart(3, '0')}`}`;
}

/** "2026-01-31T08:05:07.120Z" */
export function utcTime(time: number): string {
  const date = new Date(time);
  return Number.isNaN(date.getTime()) ? String(time) : date.toISOString();
}

/** "7 days", "90 minutes": a length of time as people set them. */
export function durationText(ms: number): string {
  const units: [string, number][] = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
    ['second', 1_000],
  ];
  for (const [unit, length] of units) {
    if (ms >= length && ms % length === 0) {
      const count = ms / length;
      return `${whole.format(count)} ${unit}${count === 1 ? '' : 's'}`;
    }
  }
  return `${whole.format(ms)} ms`;
}

/** "1 file", "3 files". */
export function countText(count: number, one: string, many = `${one}s`): string {
  return `${whole.format(count)} ${count === 1 ? one : many}`;
}
