import { describe, expect, test } from 'vitest';
import {
  completionsAt,
  lineAndColumnOf,
  mentionsOf,
  type Names,
  offsetOf,
  quotedName,
  statementAt,
  statementsOf,
  tokensOf,
} from './sql_text';

describe('tokens', () => {
  test('cover the text whole', () => {
    const text = "SELECT a.\"b\" /* c; */, 'it''s; ü' -- d;\nFROM t WHERE x >= 1.5e3; 'open";
    const tokens = tokensOf(text);
    expect(tokens.map((one) => text.slice(one.from, one.to)).join('')).toBe(text);
    const kinds = tokens.filter((one) => one.kind !== 'other').map((one) => one.kind);
    expect(kinds).toEqual(
      'keyword word quoted comment string comment keyword word keyword word number string'.split(
        ' ',
      ),
    );
  });
});

describe('statements', () => {
  const text = "-- first;\nSELECT ';' ;\n\n  SELECT 2 -- two\n;;\n/* none */";
  test('are parted by semicolons outside of text and comments', () => {
    expect(statementsOf(text)).toEqual([
      { text: "SELECT ';'", from: 10 },
      { text: 'SELECT 2', from: text.indexOf('SELECT 2') },
    ]);
  });
  test('the one at a place', () => {
    expect(statementAt(text, 0)?.text).toBe("SELECT ';'");
    expect(statementAt(text, text.indexOf('2'))?.text).toBe('SELECT 2');
    expect(statementAt(text, text.length)?.text).toBe('SELECT 2');
    expect(statementAt(' -- x', 2)).toBeUndefined();
  });
});

test('lines and columns are places', () => {
  const text = 'ab\n\u{1F600}c d\nlast';
  for (const at of [0, 1, 3, 5, 7, text.length]) {
    const { line, column } = lineAndColumnOf(text, at);
    expect(offsetOf(text, line, column)).toBe(at);
  }
  expect(offsetOf(text, 2, 3)).toBe(6);
  expect(offsetOf(text, 9, 1)).toBe(text.length);
});

test.each([
  ['orders', 'orders'],
  ['Orders', '"Orders"'],
  ['a"b', '"a""b"'],
  ['order', '"order"'],
])('%s is written %s', (name, text) => {
  expect(quotedName(name)).toBe(text);
});

test('the tables of a statement', () => {
  expect(mentionsOf('SELECT * FROM shop.Orders o JOIN "C d" ON 1=1 JOIN x WHERE 1', 's')).toEqual([
    { schema: 'shop', table: 'orders', alias: 'o' },
    { schema: 's', table: 'C d', alias: 'C d' },
    { schema: 's', table: 'x', alias: 'x' },
  ]);
});

describe('completions', () => {
  const names: Names = {
    schema: 'shop',
    tables: [
      { schema: 'shop', table: 'orders' },
      { schema: 'shop', table: 'Odd one' },
      { schema: 'raw', table: 'orders_raw' },
    ],
    columns: [
      { schema: 'shop', table: 'orders', column: 'order_id', type: 'bigint' },
      { schema: 'raw', table: 'orders_raw', column: 'other', type: 'varchar' },
    ],
  };
  const at = (text: string) => {
    const place = text.indexOf('|');
    const found = completionsAt(text.replace('|', ''), place, names);
    return found.items.map((one) => one.text);
  };
  test('columns of the tables named, tables, schemas and keywords', () => {
    expect(at('SELECT or| FROM orders')).toEqual(['order_id', 'orders', 'OR', 'ORDER']);
    expect(at('SELECT ra|')).toEqual(['raw']);
    expect(at('SELECT od|')).toEqual(['"Odd one"']);
  });
  test('after a dot what is in it', () => {
    expect(at('SELECT * FROM raw.|')).toEqual(['orders_raw']);
    expect(at('SELECT o.| FROM shop.orders AS o')).toEqual(['order_id']);
    expect(at('SELECT * FROM iceberg.|')).toEqual(['shop', 'raw']);
    expect(at('SELECT * FROM iceberg.raw.o|')).toEqual(['orders_raw']);
  });
  test('say where the word begins', () => {
    expect(completionsAt('SELECT a.bc', 11, names).from).toBe(9);
    expect(completionsAt('SELECT ', 7, names).from).toBe(7);
  });
});
