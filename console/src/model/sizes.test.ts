import { expect, test } from 'vitest';
import type { SizeClass } from '../api/types';
import { axisTicks, barsOf } from './sizes';

function size(from: number, files: number): SizeClass {
  return { bytes_from: from, bytes_below: from * 2, files, rows: files, bytes: files * from };
}

test('powers of two fall into bars, empty bars between stay', () => {
  const bars = barsOf([size(1024, 3), size(32 * 1024, 1), size(2 ** 26, 2), size(2 ** 40, 1)], 1);
  expect(bars.map((bar) => [bar.label, bar.files])).toEqual([
    ['< 64 KiB', 4],
    ['64 KiB', 0],
    ['1 MiB', 0],
    ['8 MiB', 0],
    ['32 MiB', 0],
    ['64 MiB', 2],
    ['128 MiB', 0],
    ['256 MiB', 0],
    ['512 MiB', 0],
    ['≥ 1 GiB', 1],
  ]);
  expect(barsOf([size(2 ** 20, 5)], 2 ** 20).map((bar) => bar.label)).toEqual(['1 MiB']);
  expect(barsOf([size(2 ** 20, 5)], 64 * 2 ** 20).map((bar) => bar.label)).toEqual([
    '1 MiB',
    '8 MiB',
    '32 MiB',
  ]);
  expect(barsOf([], 2 ** 20)).toEqual([]);
});

test.each([
  [0, [0, 1]],
  [1, [0, 1]],
  [3, [0, 1, 2, 3]],
  [7, [0, 2, 4, 6, 8]],
  [42, [0, 20, 40, 60]],
  [1000, [0, 500, 1000]],
])('the axis up to %s', (max, ticks) => {
  expect(axisTicks(max)).toEqual(ticks);
});
