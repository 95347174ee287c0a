/** Schedules, connections, uploads and loads of the data service. */
import type { Job, JobState } from '../model/jobs';
import type { PreviewColumn } from '../model/load_request';
import type { ResultRow } from '../model/result';
import { deleteJson, getJson, postJson, putJson, send } from './http';
import { parseJson } from './json';

export interface ScheduleRun {
  due_at: string;
  at: string;
  job_id: string | null;
  outcome: JobState | 'skipped' | 'missed' | 'refused';
  message: string;
  by_hand: boolean;
}

export interface Schedule {
  name: string;
  owner: string;
  description: string;
  state: string;
  pause_reason: string | null;
  call: string | null;
  kind: string;
  request: Record<string, unknown>;
  cron: string | null;
  every: string | null;
  time_zone: string;
  overlap: string;
  catch_up: string;
  jitter_seconds?: number;
  pause_after_failures?: number;
  failures_in_a_row: number;
  current_job_id: string | null;
  next_runs: string[];
  last_run: ScheduleRun | null;
}

export interface Connection {
  name: string;
  type: string;
}

/** The first rows that a load would take. */
export interface Preview {
  columns: PreviewColumn[];
  rows: ResultRow[];
  is_whole: boolean;
  rejects: string[];
  format: string;
  note: string;
}

interface Uploaded {
  path: string;
  bytes: number;
}

function schedulePath(name: string): string {
  return `/api/v1/schedules/${encodeURIComponent(name)}`;
}

export const serviceApi = {
  schedules: (signal?: AbortSignal) =>
    getJson<{ schedules: Schedule[] }>('/api/v1/schedules', signal),
  schedule: (name: string, signal?: AbortSignal) => getJson<Schedule>(schedulePath(name), signal),
  runs: (name: string, signal?: AbortSignal) =>
    getJson<{ runs: ScheduleRun[] }>(`${schedulePath(name)}/history`, signal),
  changeSchedule: (name: string, what: 'pause' | 'resume' | 'run') =>
    postJson<Schedule & { job_id?: string | null }>(`${schedulePath(name)}/${what}`),

  makeSchedule: (body: Record<string, unknown>) => postJson<Schedule>('/api/v1/schedules', body),
  editSchedule: (name: string, body: Record<string, unknown>) =>
    putJson<Schedule>(schedulePath(name), body),
  removeSchedule: (name: string) => deleteJson(schedulePath(name)),
  previewSchedule: (body: Record<string, unknown>) =>
    postJson<{ next_runs: string[] }>('/api/v1/schedules/preview', body),

  connections: (signal?: AbortSignal) =>
    getJson<{ connections: Connection[] }>('/api/v1/connections', signal),
  upload: async (file: File): Promise<Uploaded> => {
    const path = `/api/v1/upload?name=${encodeURIComponent(file.name)}`;
    const headers = { 'Content-Type': 'application/octet-stream' };
    const response = await send(path, { method: 'POST', headers, body: file });
    return parseJson(await response.text()) as Uploaded;
  },
  /** Calls of loads that this server has. */
  previewedCalls: (signal?: AbortSignal) => getJson<{ calls: string[] }>('/api/v1/preview', signal),
  preview: (call: string, request: Record<string, unknown>) =>
    postJson<Preview>('/api/v1/preview', { call, request, rows: 50 }),
  /** Begins a job: `/load/file`, `/load/postgres`, `/scrape`. */
  begin: (call: string, request: Record<string, unknown>) =>
    postJson<Job>(`/api/v1${call}`, { ...request, async: true }),
};
