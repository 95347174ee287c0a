import { describe, expect, it } from 'vitest';
import type { Field } from '../api/types';
import {
  barsOfRows,
  barsQuery,
  differenceQuery,
  figuresOf,
  figuresQuery,
  sampleQuery,
  sqlNameOf,
} from './profile';

const field = (type: Field['type'], name = 'a "b"'): Field => ({
  id: 1,
  name,
  required: false,
  type,
});

describe('queries', () => {
  const table = sqlNameOf({ warehouse: 'w', namespace: ['a', 'b'], name: 't"x' });

  it('quote all names', () => {
    expect(table).toBe('"w"."a.b"."t""x"');
    expect(figuresQuery(table, field('long'))).toContain('SELECT "a ""b""" AS v FROM "w"."a.b"');
  });

  it('take no snapshot that is no number', () => {
    expect(sampleQuery('t', '12', 5)).toBe('SELECT * FROM t FOR VERSION AS OF 12 LIMIT 5');
    expect(sampleQuery('t', "1' OR", 5)).toBe('SELECT * FROM t LIMIT 5');
  });

  it('compare columns by their ids', () => {
    const named = (id: number, name: string): Field => ({ ...field('long', name), id });
    expect(
      differenceQuery(
        't',
        { id: '12', fields: [named(1, 'a'), named(2, 'new'), named(3, 'added')] },
        { id: '11', fields: [named(2, 'old'), named(1, 'a')] },
        5,
      ),
    ).toBe(
      'SELECT "a", "new" FROM t FOR VERSION AS OF 12 EXCEPT SELECT "a", "old" FROM t FOR VERSION AS OF 11 LIMIT 5',
    );
  });

  it('are of what has an order', () => {
    const figures = figuresOf([10, 8, 12, '1', '9', 1, 9]);
    expect(figures).toMatchObject({ rows: 10, nulls: 2, distinct: 8, from: 1, to: 9 });
    expect(barsQuery('t', field('double'), figures)).toContain("DOUBLE '0.4'");
    expect(barsQuery('t', field('string'), figures)).toContain('ORDER BY 2 DESC');
    expect(barsQuery('t', field('binary'), figures)).toBeUndefined();
    expect(barsQuery('t', field('int'), { ...figures, to: 1 })).toBeUndefined();
  });
});

describe('bars', () => {
  it('have the greatest value in the last', () => {
    const figures = figuresOf([3, 3, 3, '0', '20', 0, 20]);
    const bars = barsOfRows(field('long'), figures, [
      [0, 1],
      [19, '1'],
      [20, 1],
    ]);
    expect(bars).toHaveLength(20);
    expect(bars[0]).toEqual({ label: '0 to 1', count: 1 });
    expect(bars[19]?.count).toBe(2);
  });

  it('are of the most frequent texts', () => {
    expect(barsOfRows(field('string'), figuresOf([1, 1]), [['x', 3]])).toEqual([
      { label: 'x', count: 3 },
    ]);
  });
});
