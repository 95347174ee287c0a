import { expect, test } from 'vitest';
import { type HistoryEntry, historyFrom, historyMax, withEntry } from './sql_history';

function entry(text: string, at = 1): HistoryEntry {
  return { text, dialect: 'trino', at, outcome: 'done', rows: 1, ms: 2 };
}

test('the newest is first, once', () => {
  const history = [entry('a'), entry('b')];
  expect(withEntry(history, entry('b', 9)).map((one) => one.text)).toEqual(['b', 'a']);
  expect(withEntry(history, { ...entry('b'), dialect: 'duckdb' })).toHaveLength(3);
});

test('it does not grow for ever', () => {
  const many = Array.from({ length: historyMax }, (_, i) => entry(`q${i}`));
  expect(withEntry(many, entry('new'))).toHaveLength(historyMax);
  expect(withEntry(many, entry('x'.repeat(30_000)))).toBe(many);
});

test('what was kept is read, if it can be', () => {
  expect(historyFrom(JSON.stringify([entry('a')]))).toEqual([entry('a')]);
  for (const kept of [null, '', '{', '{}', '[null, 1, {"text": 1}]']) {
    expect(historyFrom(kept)).toEqual([]);
  }
});
