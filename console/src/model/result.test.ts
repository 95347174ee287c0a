import { describe, expect, test } from 'vitest';
import { cellText, chartPlanOf, chartPointsOf, csvOf, spanTicks } from './result';

const columns = (...types: string[]) => types.map((type, i) => ({ name: `c${i}`, type }));

test('cells as text', () => {
  expect([null, '', 'a', 1.5, true, ['x', 1], '9007199254740993'].map(cellText)).toEqual([
    'NULL',
    '',
    'a',
    '1.5',
    'true',
    '["x",1]',
    '9007199254740993',
  ]);
});

test('CSV tells NULL from an empty text, and quotes what must be', () => {
  const text = csvOf(
    [
      { name: 'a', type: 'varchar' },
      { name: 'b, c', type: 'bigint' },
    ],
    [
      [null, 1],
      ['', 'x"y'],
      ['two\nlines', ['a', 'b']],
    ],
  );
  expect(text).toBe('a,"b, c"\r\n,1\r\n"","x""y"\r\n"two\nlines","[""a"",""b""]"\r\n');
});

describe('the chart that columns suggest', () => {
  test.each([
    [['varchar', 'bigint'], { kind: 'bar', x: 0, y: 1 }],
    [['double', 'timestamp(6) with time zone'], { kind: 'line', x: 1, y: 0 }],
    [['integer', 'decimal(9, 2)', 'double'], { kind: 'scatter', x: 0, y: 1 }],
    [['varchar', 'date'], undefined],
    [['bigint'], undefined],
  ])('%j', (types, plan) => {
    expect(chartPlanOf(columns(...types))).toEqual(plan);
  });
  test('points of times and decimals, without what is null', () => {
    const points = chartPointsOf(
      { kind: 'line', x: 0, y: 1 },
      columns('timestamp(3)', 'decimal(5,1)'),
      [
        ['2026-01-02 00:00:00.000', '2.5'],
        [null, '1'],
        ['2026-01-01 00:00:00.000', '1.5'],
        ['2026-01-03 00:00:00.000', null],
      ],
    );
    expect(points.map((point) => point.y)).toEqual([1.5, 2.5]);
  });
});

test.each([
  [0, 100],
  [-3, 7],
  [5, 5],
  [0, 0],
  [0.001, 0.0024],
  [-50, -10],
])('ticks span %d to %d', (min, max) => {
  const ticks = spanTicks(min, max);
  expect(ticks[0]).toBeLessThanOrEqual(min);
  expect(ticks.at(-1)).toBeGreaterThanOrEqual(max);
  expect(ticks.length).toBeGreaterThan(1);
  expect(ticks.length).toBeLessThan(8);
});
