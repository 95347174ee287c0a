import { expect, test } from 'vitest';
import type { SnapshotRow } from '../api/types';
import { byDay, changesOf, compareSummaries, engineOf, growthOf } from './timeline';

function snapshot(id: number, more: Partial<SnapshotRow> = {}): SnapshotRow {
  return {
    id,
    parent_id: null,
    sequence_number: id,
    timestamp_ms: id * 1000,
    operation: 'append',
    schema_id: 0,
    manifest_list: '',
    summary: {},
    refs: [],
    is_current_ancestor: true,
    ...more,
  };
}

test('changesOf leaves out what did not change', () => {
  expect(
    changesOf({
      'added-records': '10',
      'deleted-records': '0',
      'added-data-files': '0',
      'removed-delete-files': '2',
    }),
  ).toEqual([
    { what: 'rows', added: 10, removed: 0 },
    { what: 'delete files', added: undefined, removed: 2 },
  ]);
  expect(changesOf({ 'added-records': 'many' })).toEqual([]);
});

test('engineOf prefers the engine to the library', () => {
  expect(
    engineOf({ 'engine-name': 'spark', 'engine-version': '4.1', 'iceberg-version': 'x' }),
  ).toBe('spark 4.1');
  expect(engineOf({ 'iceberg-version': 'Apache Iceberg 1.12' })).toBe('Apache Iceberg 1.12');
  expect(engineOf({})).toBe('');
});

test('compareSummaries puts totals first and counts', () => {
  const from = {
    'added-records': '1',
    'total-files-size': '10',
    'total-records': '5',
    'engine-name': 'a',
  };
  const to = { 'total-records': '3', 'total-files-size': '10', 'engine-name': 'b' };
  expect(compareSummaries(from, to)).toEqual([
    { key: 'total-records', from: '5', to: '3', change: -2, isSame: false },
    { key: 'total-files-size', from: '10', to: '10', change: 0, isSame: true },
    { key: 'added-records', from: '1', to: undefined, change: undefined, isSame: false },
    { key: 'engine-name', from: 'a', to: 'b', change: undefined, isSame: false },
  ]);
});

test('growthOf follows the present history, the oldest first', () => {
  const rows = (total: string) => ({ summary: { 'total-records': total } });
  expect(
    growthOf([
      snapshot(4, rows('9')),
      snapshot(3, { ...rows('100'), is_current_ancestor: false }),
      snapshot(2),
      snapshot(1, rows('5')),
    ]),
  ).toEqual([
    { time: 1000, value: 5 },
    { time: 4000, value: 9 },
  ]);
});

test('byDay keeps the order', () => {
  const day = 86_400_000;
  const days = byDay([
    snapshot(3, { timestamp_ms: 10 * day }),
    snapshot(2, { timestamp_ms: 10 * day - 1 * day }),
    snapshot(1, { timestamp_ms: 9 * day }),
  ]);
  expect(days.map((one) => one.snapshots.map((s) => s.id))).toEqual([[3], [2, 1]]);
});
