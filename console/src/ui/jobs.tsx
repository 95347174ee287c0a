/** Jobs as they go on: what they say of themselves, and what can be done with them. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { jobsApi, watchJobs } from '../api/jobs';
import { hasEnded, type Job, type JobState, progressText } from '../model/jobs';
import { Meter } from './charts';
import { navigate } from './router';

const triesAgainAfterMs = 15_000;

/**
 * Hears of jobs as they change, while the page is in sight. False while nothing is heard (the server has no place for
 * another stream, or cannot be reached): then ask.
 */
export function useJobEvents(path: string, onJob: (job: Job) => void, isWanted = true): boolean {
  const [isLive, setLive] = useState(false);
  const latest = useRef(onJob);
  latest.current = onJob;
  useEffect(() => {
    if (!isWanted) return;
    let controller: AbortController | undefined;
    let timer: number | undefined;
    const watch = async () => {
      clearTimeout(timer);
      controller?.abort();
      if (document.hidden) {
        setLive(false);
        return;
      }
      const mine = new AbortController();
      controller = mine;
      let wait = triesAgainAfterMs;
      try {
        await watchJobs(
          path,
          mine.signal,
          () => setLive(true),
          (job) => latest.current(job),
        );
        wait = 1000;
      } catch (error) {
        if (error instanceof ApiError && error.status === 404) return;
      }
      if (mine.signal.aborted) return;
      setLive(false);
      timer = window.setTimeout(watch, wait);
    };
    void watch();
    const onVisibility = () => void watch();
    document.addEventListener('visibilitychange', onVisibility);
    return () => {
      document.removeEventListener('visibilitychange', onVisibility);
      clearTimeout(timer);
      controller?.abort();
      setLive(false);
    };
  }, [path, isWanted]);
  return isLive;
}

export function JobStateBadge({ state }: { state: JobState }) {
  return <span class={`badge job-state ${state}`}>{state}</span>;
}

export function JobProgress({ job }: { job: Job }) {
  const text = progressText(job);
  if (hasEnded(job)) {
    return job.error ? <span class="error-cell">{job.error.message}</span> : null;
  }
  return (
    <div class="job-progress">
      {job.part !== null && (
        <Meter value={job.part} max={1} label={`${Math.round(job.part * 100)} % done`} />
      )}
      <span class="quiet">
        {job.part !== null ? `${Math.round(job.part * 100)} %` : ''}
        {job.part !== null && text !== '' ? ' · ' : ''}
        {text}
      </span>
    </div>
  );
}

/** Cancels what goes on, does again what has ended otherwise than well. */
export function JobButtons({ job, onChange }: { job: Job; onChange: (job: Job) => void }) {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  const act = async (action: () => Promise<void>) => {
    setBusy(true);
    setError('');
    try {
      await action();
    } catch (failure) {
      setError((failure as Error).message);
    }
    setBusy(false);
  };
  const cancel = () => act(async () => onChange(await jobsApi.cancel(job.id)));
  const retry = () =>
    act(async () => navigate({ page: 'job', id: (await jobsApi.retry(job.id)).id }));
  return (
    <>
      {!hasEnded(job) && (
        <button
          type="button"
          class="button small"
          disabled={isBusy || job.cancel_is_asked}
          aria-label={`Cancel ${job.id}`}
          onClick={cancel}
        >
          Cancel
        </button>
      )}
      {(job.state === 'failed' || job.state === 'cancelled') && (
        <button
          type="button"
          class="button small"
          disabled={isBusy}
          aria-label={`Retry ${job.id}`}
          onClick={retry}
        >
          Retry
        </button>
      )}
      {error !== '' && (
        <span class="error-cell" role="alert">
          {error}
        </span>
      )}
    </>
  );
}
