import { describe, expect, test } from 'vitest';
import {
  bytesText,
  changeText,
  countText,
  durationText,
  numberText,
  relativeTime,
  shortNumber,
} from './format';

describe('bytesText', () => {
  test.each([
    [0, '0 B'],
    [1, '1 B'],
    [1023, '1023 B'],
    [1024, '1 KiB'],
    [1536, '1.5 KiB'],
    [1024 * 1024 - 1, '1 MiB'],
    [100 * 1024 * 1024, '100 MiB'],
    [512 * 1024 * 1024, '512 MiB'],
    [1.25 * 1024 ** 4, '1.25 TiB'],
    [2 ** 62, '4 EiB'],
    [-2048, '−2 KiB'],
    [null, '–'],
    [undefined, '–'],
  ])('%s is %s', (value, text) => {
    expect(bytesText(value)).toBe(text);
  });
});

describe('numberText', () => {
  test.each([
    [1234567, '1,234,567'],
    ['9007199254740993', '9,007,199,254,740,993'],
    ['n/a', 'n/a'],
    ['', '–'],
    [null, '–'],
  ])('%s is %s', (value, text) => {
    expect(numberText(value)).toBe(text);
  });
});

test('shortNumber keeps what is readable', () => {
  expect([99_999, 100_000, 1_250_000, null].map(shortNumber)).toEqual([
    '99,999',
    '100K',
    '1.3M',
    '–',
  ]);
});

test('changeText has a sign', () => {
  expect([1200, -3, 0].map(changeText)).toEqual(['+1,200', '−3', '0']);
});

describe('relativeTime', () => {
  const now = Date.UTC(2026, 5, 15, 12);
  test.each([
    ['now', 0, 'just now'],
    ['a clock that is ahead', 4_000, 'just now'],
    ['seconds', -42_000, '42 seconds ago'],
    ['one short of a minute', -59_999, '59 seconds ago'],
    ['minutes', -60_000, '1 minute ago'],
    ['hours', -3 * 3_600_000, '3 hours ago'],
    ['a day', -25 * 3_600_000, 'yesterday'],
    ['months', -92 * 86_400_000, '3 months ago'],
    ['years', -800 * 86_400_000, '2 years ago'],
    ['days ahead', 2.5 * 86_400_000, 'in 2 days'],
  ])('%s', (_, difference, text) => {
    expect(relativeTime(now + difference, now)).toBe(text);
  });
});

test('durationText takes the largest whole unit', () => {
  expect([604_800_000, 5_400_000, 1_000, 1_500].map(durationText)).toEqual([
    '7 days',
    '90 minutes',
    '1 second',
    '1,500 ms',
  ]);
});

test('countText', () => {
  expect([countText(1, 'file'), countText(1200, 'file'), countText(2, 'entry', 'entries')]).toEqual(
    ['1 file', '1,200 files', '2 entries'],
  );
});
