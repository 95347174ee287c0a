/** Cron expressions in words. What is too intricate for a sentence is told field by field. */

const days = ['Sunday', 'Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday'];
const months = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
const short: Record<string, string> = {
  '@yearly': '0 0 1 1 *',
  '@annually': '0 0 1 1 *',
  '@monthly': '0 0 1 * *',
  '@weekly': '0 0 * * 0',
  '@daily': '0 0 * * *',
  '@midnight': '0 0 * * *',
  '@hourly': '0 * * * *',
};

function isAll(field: string): boolean {
  return field === '*' || field === '?';
}

function named(text: string, names: string[], first: number): string {
  const known = names.findIndex((name) => name.slice(0, 3).toLowerCase() === text.toLowerCase());
  if (known >= 0) return names[known] ?? text;
  if (!/^\d+$/.test(text)) return text;
  const at = Number(text) - first;
  return names[first === 0 ? at % 7 : at] ?? text;
}

/** "Monday to Friday", "1, 15 and 20", "every 5 from 0". */
function listed(field: string, word: (one: string) => string): string {
  const parts = field.split(',').map((part) => {
    const [range = '', step] = part.split('/');
    const [from = '', to] = range.split('-');
    const whole = to === undefined ? word(from) : `${word(from)} to ${word(to)}`;
    if (step === undefined) return whole;
    return isAll(range) ? `every ${step}` : `every ${step} from ${whole}`;
  });
  const last = parts.pop() ?? '';
  return parts.length === 0 ? last : `${parts.join(', ')} and ${last}`;
}

function ordinal(text: string): string {
  const number = Number(text);
  const tens = number % 100;
  const end = tens >= 11 && tens <= 13 ? 'th' : (['th', 'st', 'nd', 'rd'][number % 10] ?? 'th');
  return `${number}${end}`;
}

function dayOfMonthText(field: string): string {
  if (field === 'L') return 'on the last day of the month';
  if (field === 'LW') return 'on the last weekday of the month';
  const before = /^L-(\d+)$/.exec(field);
  if (before) return `${before[1]} days before the last day of the month`;
  const near = /^(\d+)W$/.exec(field);
  if (near) return `on the weekday nearest to the ${ordinal(near[1] ?? '')}`;
  return /^\d+$/.test(field)
    ? `on the ${ordinal(field)}`
    : `on days ${listed(field, (one) => one)}`;
}

function dayOfWeekText(field: string): string {
  const name = (one: string) => named(one, days, 0);
  const last = /^(\w+)L$/.exec(field);
  if (last) return `on the last ${name(last[1] ?? '')} of the month`;
  const nth = /^(\w+)#(\d)$/.exec(field);
  if (nth) return `on the ${ordinal(nth[2] ?? '')} ${name(nth[1] ?? '')} of the month`;
  return `on ${listed(field, name)}`;
}

function two(text: string): string {
  return text.padStart(2, '0');
}

function timeText(second: string, minute: string, hour: string): string {
  const isNumber = (field: string) => /^\d+$/.test(field);
  const everyMinute = /^(?:\*|0)\/(\d+)$/.exec(minute);
  const tail = second === '0' ? '' : `, second ${listed(second, (one) => one)}`;
  if (isNumber(minute) && /^[\d,]+$/.test(hour)) {
    const times = hour.split(',').map((one) => `${two(one)}:${two(minute)}`);
    return `at ${listed(times.join(','), (one) => one)}${tail}`;
  }
  const hours = isAll(hour)
    ? ''
    : /^(?:\*|0)\/\d+$/.test(hour)
      ? `, every ${hour.split('/')[1]} hours`
      : `, hours ${listed(hour, (one) => one)}`;
  if (isAll(minute)) return `every minute${hours}${tail}`;
  if (everyMinute) return `every ${everyMinute[1]} minutes${hours}${tail}`;
  if (isAll(hour) && isNumber(minute))
    return minute === '0' ? `every hour${tail}` : `${minute} minutes past every hour${tail}`;
  return `minute ${listed(minute, (one) => one)}${hours}${tail}`;
}

/** "At 02:30, on Monday to Friday"; undefined for what has not five or six fields. */
export function cronText(expression: string): string | undefined {
  const text = expression.trim();
  const fields = (short[text.toLowerCase()] ?? text).split(/\s+/);
  if (fields.length === 5) fields.unshift('0');
  if (fields.length !== 6) return undefined;
  const [second = '', minute = '', hour = '', day = '', month = '', week = ''] = fields;
  const parts = [timeText(second, minute, hour)];
  const onDays = [
    ...(isAll(day) ? [] : [dayOfMonthText(day)]),
    ...(isAll(week) ? [] : [dayOfWeekText(week)]),
  ];
  if (onDays.length > 0) {
    // Where both are given, a day of either will do, unless one begins with a star.
    const isEither = !day.startsWith('*') && !week.startsWith('*');
    parts.push(onDays.join(isEither ? ' or ' : ', '));
  }
  if (!isAll(month)) parts.push(`in ${listed(month, (one) => named(one, months, 1))}`);
  const said = parts.join(', ');
  return said.charAt(0).toUpperCase() + said.slice(1);
}

/** A time as clocks of a zone show it: "Tue 2026-01-31 02:30:00". */
export function zonedText(time: number, zone: string): string {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', {
      timeZone: zone === '' ? 'UTC' : zone,
      weekday: 'short',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
      hour: '2-digit',
      minute: '2-digit',
      second: '2-digit',
      hourCycle: 'h23',
    }).formatToParts(time);
    const of = (type: string) => parts.find((part) => part.type === type)?.value ?? '';
    return `${of('weekday')} ${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}:${of('second')}`;
  } catch {
    // A zone that the server knows and this browser does not.
    return new Date(time).toISOString().replace('T', ' ').replace('.000Z', ' UTC');
  }
}
