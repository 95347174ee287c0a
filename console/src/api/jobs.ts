import { EventReader } from '../model/events';
import type { Job } from '../model/jobs';
import { getJson, postJson, send } from './http';
import { parseJson } from './json';

export interface JobPage {
  jobs: Job[];
  next_before: string | null;
  running: number;
  queued: number;
}

function jobPath(id: string): string {
  return `/api/v1/jobs/${encodeURIComponent(id)}`;
}

/** The stream of all jobs, or of one. */
export function eventsPath(id?: string): string {
  return id === undefined ? '/api/v1/jobs/events' : `${jobPath(id)}/events`;
}

export const jobsApi = {
  list: (query: { state?: string; before?: string; limit: number }, signal?: AbortSignal) => {
    const parameters = new URLSearchParams({ limit: String(query.limit) });
    if (query.state) parameters.set('state', query.state);
    if (query.before) parameters.set('before', query.before);
    return getJson<JobPage>(`/api/v1/jobs?${parameters}`, signal);
  },
  one: (id: string, signal?: AbortSignal) => getJson<Job>(jobPath(id), signal),
  cancel: (id: string) => postJson<Job>(`${jobPath(id)}/cancel`),
  retry: (id: string) => postJson<Job>(`${jobPath(id)}/retry`),
};

/** Tells jobs as they change, until the stream ends. Errors: ApiError; what `signal` does. */
export async function watchJobs(
  path: string,
  signal: AbortSignal,
  onOpen: () => void,
  onJob: (job: Job) => void,
): Promise<void> {
  const response = await send(path, { headers: { Accept: 'text/event-stream' }, signal });
  const body = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  if (body === undefined) return;
  onOpen();
  const reader = new EventReader();
  for (;;) {
    const { done, value } = await body.read();
    if (done) return;
    for (const event of reader.feed(value)) onJob(parseJson(event.data) as Job);
  }
}
