import { describe, expect, it } from 'vitest';
import { cronText, zonedText } from './cron';

describe('cronText', () => {
  const cases: [string, string | undefined][] = [
    ['30 2 * * mon-fri', 'At 02:30, on Monday to Friday'],
    ['*/15 * * * *', 'Every 15 minutes'],
    ['*/5 8-18 * * 1-5', 'Every 5 minutes, hours 8 to 18, on Monday to Friday'],
    ['0 * * * *', 'Every hour'],
    ['10 * * * *', '10 minutes past every hour'],
    ['* * * * *', 'Every minute'],
    ['0 6,18 * * *', 'At 06:00 and 18:00'],
    ['0 0 1,15 * ?', 'At 00:00, on days 1 and 15'],
    ['0 0 1 * 0', 'At 00:00, on the 1st or on Sunday'],
    ['0 0 */2 * mon', 'At 00:00, on days every 2, on Monday'],
    ['5 4 L * *', 'At 04:05, on the last day of the month'],
    ['5 4 L-3 * *', 'At 04:05, 3 days before the last day of the month'],
    ['5 4 15W * *', 'At 04:05, on the weekday nearest to the 15th'],
    ['5 4 LW * *', 'At 04:05, on the last weekday of the month'],
    ['0 9 * * 5L', 'At 09:00, on the last Friday of the month'],
    ['0 9 * * fri#2', 'At 09:00, on the 2nd Friday of the month'],
    ['0 9 * jan,jul 7', 'At 09:00, on Sunday, in January and July'],
    ['30 0 12 * * *', 'At 12:00, second 30'],
    ['@daily', 'At 00:00'],
    ['@weekly', 'At 00:00, on Sunday'],
    ['* * *', undefined],
    ['', undefined],
  ];
  it.each(cases)('%s', (expression, words) => {
    expect(cronText(expression)).toBe(words);
  });
});

it('shows times as clocks of a zone do', () => {
  const time = Date.UTC(2026, 6, 1, 0, 30);
  expect(zonedText(time, 'Europe/Berlin')).toBe('Wed 2026-07-01 02:30:00');
  expect(zonedText(time, '')).toBe('Wed 2026-07-01 00:30:00');
  expect(zonedText(time, 'Nowhere/None')).toBe('2026-07-01 00:30:00 UTC');
});
