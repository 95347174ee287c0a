/** What snapshots say of themselves, and how two of them differ. */
import type { SnapshotRow, Summary } from '../api/types';

export function summaryNumber(summary: Summary, key: string): number | undefined {
  const text = summary[key];
  if (text === undefined || !/^-?\d+$/.test(text)) return undefined;
  return Number(text);
}

export interface Change {
  what: string;
  /** What came and what went; undefined if the summary does not say. */
  added: number | undefined;
  removed: number | undefined;
}

const changeKeys: [string, string, string][] = [
  ['rows', 'added-records', 'deleted-records'],
  ['data files', 'added-data-files', 'deleted-data-files'],
  ['delete files', 'added-delete-files', 'removed-delete-files'],
  ['deletion vectors', 'added-dvs', 'removed-dvs'],
  ['position deletes', 'added-position-deletes', 'removed-position-deletes'],
  ['equality deletes', 'added-equality-deletes', 'removed-equality-deletes'],
];

/** What a snapshot changed, without what stayed as it was. */
export function changesOf(summary: Summary): Change[] {
  return changeKeys
    .map(([what, added, removed]) => ({
      what,
      added: summaryNumber(summary, added),
      removed: summaryNumber(summary, removed),
    }))
    .filter((change) => (change.added ?? 0) !== 0 || (change.removed ?? 0) !== 0);
}

/** Spark's, Trino's, Flink's or a library's own name for who committed. */
export function engineOf(summary: Summary): string {
  const name = summary['engine-name'];
  if (name) return summary['engine-version'] ? `${name} ${summary['engine-version']}` : name;
  return summary['iceberg-version'] ?? summary['app-id'] ?? '';
}

export interface SummaryDifference {
  key: string;
  from: string | undefined;
  to: string | undefined;
  /** To minus from, if both are whole numbers. */
  change: number | undefined;
  isSame: boolean;
}

const totals = ['total-records', 'total-files-size', 'total-data-files', 'total-delete-files'];

function rank(key: string): number {
  const at = totals.indexOf(key);
  if (at >= 0) return at;
  return key.startsWith('total-') ? totals.length : totals.length + 1;
}

/** Both summaries, key by key: totals first. */
export function compareSummaries(from: Summary, to: Summary): SummaryDifference[] {
  const keys = [...new Set([...Object.keys(from), ...Object.keys(to)])];
  keys.sort((left, right) => rank(left) - rank(right) || (left < right ? -1 : 1));
  return keys.map((key) => {
    const before = summaryNumber(from, key);
    const after = summaryNumber(to, key);
    return {
      key,
      from: from[key],
      to: to[key],
      change: before === undefined || after === undefined ? undefined : after - before,
      isSame: from[key] === to[key],
    };
  });
}

export interface Point {
  time: number;
  value: number;
}

/** The table's rows after each snapshot of its present history, the oldest first. */
export function growthOf(snapshots: SnapshotRow[]): Point[] {
  return snapshots
    .filter((snapshot) => snapshot.is_current_ancestor)
    .map((snapshot) => ({
      time: snapshot.timestamp_ms,
      value: summaryNumber(snapshot.summary, 'total-records'),
    }))
    .filter((point): point is Point => point.value !== undefined)
    .reverse();
}

/** Snapshots under the day they were committed on, in the reader's zone, in the order given. */
export function byDay(snapshots: SnapshotRow[]): { day: string; snapshots: SnapshotRow[] }[] {
  const days: { day: string; snapshots: SnapshotRow[] }[] = [];
  for (const snapshot of snapshots) {
    const day = new Date(snapshot.timestamp_ms).toLocaleDateString('en-GB', {
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      year: 'numeric',
    });
    const last = days.at(-1);
    if (last?.day === day) last.snapshots.push(snapshot);
    else days.push({ day, snapshots: [snapshot] });
  }
  return days;
}
