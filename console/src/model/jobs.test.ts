import { describe, expect, test } from 'vitest';
import { type Job, mergeJobs, progressText, secondsText, subjectOf } from './jobs';

function job(id: string, more: Partial<Job> = {}): Job {
  return {
    id,
    kind: 'load',
    owner: 'ada',
    state: 'running',
    created_at: '2026-01-31T08:00:00.000Z',
    started_at: null,
    ended_at: null,
    duration_seconds: null,
    attempts: 1,
    rows: 0,
    bytes: 0,
    part: null,
    step: '',
    rows_per_second: null,
    eta_seconds: null,
    cancel_is_asked: false,
    snapshot_id: null,
    error: null,
    request: {},
    result: null,
    retry_of: null,
    schedule: null,
    ...more,
  };
}

function heard(...jobs: Job[]): Map<string, Job> {
  return new Map(jobs.map((one) => [one.id, one]));
}

describe('mergeJobs', () => {
  const listed = [job('05'), job('03')];
  const ids = (jobs: Job[]) => jobs.map((one) => one.id);

  test('puts new ones on top and newer states in their places', () => {
    const merged = mergeJobs(listed, heard(job('06'), job('03', { rows: 7 })), '', true);
    expect(ids(merged)).toEqual(['06', '05', '03']);
    expect(merged[2]?.rows).toBe(7);
  });
  test('leaves to later pages what is on them', () => {
    expect(ids(mergeJobs(listed, heard(job('01')), '', true))).toEqual(['05', '03']);
    expect(ids(mergeJobs(listed, heard(job('01')), '', false))).toEqual(['05', '03', '01']);
  });
  test('drops what has another state by now', () => {
    const merged = mergeJobs(listed, heard(job('05', { state: 'failed' })), 'running', true);
    expect(ids(merged)).toEqual(['03']);
  });
});

test.each([
  [null, '–'],
  [0.44, '0.4 s'],
  [59.4, '59 s'],
  [200, '3 min 20 s'],
  [7500, '2 h 5 min'],
])('%s seconds are %s', (seconds, text) => {
  expect(secondsText(seconds)).toBe(text);
});

test('a job is known by its table, or by what it asks', () => {
  expect(subjectOf(job('1', { request: { table: 'a.b', url: 'x' } }))).toBe('a.b');
  expect(subjectOf(job('1', { request: { table: 'b', namespace: ['a'] } }))).toBe('a.b');
  expect(subjectOf(job('1', { request: { target: ['a', 'b'] } }))).toBe('a.b');
  expect(subjectOf(job('1', { request: { statements: ' SELECT 1 ' } }))).toBe('SELECT 1');
  expect(subjectOf(job('1'))).toBe('');
});

test('progress says what is known', () => {
  expect(progressText(job('1', { state: 'queued' }))).toBe('waits for its turn');
  expect(progressText(job('1', { step: 'reading', eta_seconds: 12, attempts: 2 }))).toBe(
    'reading · 12 s left · 2 attempts',
  );
  expect(progressText(job('1', { cancel_is_asked: true, step: 'reading' }))).toBe(
    'is being cancelled',
  );
});
