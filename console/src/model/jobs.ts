/** Jobs of the data service: what they are about, and lists of them that change as one looks. */
import { countText, numberText } from './format';

export const jobStates = ['queued', 'running', 'succeeded', 'failed', 'cancelled'] as const;
export type JobState = (typeof jobStates)[number];

export interface Job {
  id: string;
  kind: string;
  owner: string;
  state: JobState;
  created_at: string;
  started_at: string | null;
  ended_at: string | null;
  duration_seconds: number | null;
  attempts: number;
  rows: number;
  bytes: number;
  /** How much is done, from 0 to 1. */
  part: number | null;
  step: string;
  rows_per_second: number | null;
  eta_seconds: number | null;
  cancel_is_asked: boolean;
  snapshot_id: string | null;
  error: { code: string; message: string } | null;
  request: Record<string, unknown>;
  result: unknown;
  retry_of: string | null;
  schedule: string | null;
}

export function hasEnded(job: Job): boolean {
  return job.state !== 'queued' && job.state !== 'running';
}

/** The part of its request by which people know a job. */
export function subjectOf(job: Job): string {
  const { request } = job;
  if (typeof request.table === 'string' && Array.isArray(request.namespace))
    return [...request.namespace, request.table].join('.');
  for (const name of ['table', 'target', 'statements', 'namespace', 'key', 'url', 'source']) {
    const value = request[name];
    if (typeof value === 'string' && value !== '') return value.trim();
    if (Array.isArray(value) && value.every((one) => typeof one === 'string') && value.length > 0)
      return value.join('.');
  }
  return '';
}

/** Jobs that were asked for with what has been heard of them since; the newest first. */
export function mergeJobs(
  listed: Job[],
  heard: ReadonlyMap<string, Job>,
  state: string,
  hasMore: boolean,
): Job[] {
  const oldest = listed.at(-1)?.id ?? '';
  const known = new Set(listed.map((job) => job.id));
  const fresh = [...heard.values()].filter(
    (job) => !known.has(job.id) && (!hasMore || job.id > oldest),
  );
  return [...listed.map((job) => heard.get(job.id) ?? job), ...fresh]
    .filter((job) => state === '' || job.state === state)
    .sort((left, right) => (left.id < right.id ? 1 : left.id > right.id ? -1 : 0));
}

/** "0.4 s", "12 s", "3 min 20 s", "2 h 5 min". */
export function secondsText(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 10) return `${(Math.round(seconds * 10) / 10).toString()} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${numberText(Math.floor(whole / 3600))} h ${Math.floor((whole % 3600) / 60)} min`;
}

/** What a job that runs says of itself: its step, and the time that is left. */
export function progressText(job: Job): string {
  if (job.state === 'queued') return 'waits for its turn';
  const parts: string[] = [];
  if (job.cancel_is_asked && !hasEnded(job)) parts.push('is being cancelled');
  else if (job.step !== '') parts.push(job.step);
  if (job.eta_seconds !== null && !hasEnded(job))
    parts.push(`${secondsText(job.eta_seconds)} left`);
  if (job.attempts > 1) parts.push(countText(job.attempts, 'attempt'));
  return parts.join(' · ');
}
