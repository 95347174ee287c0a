import { useCallback, useEffect, useState } from 'preact/hooks';
import { eventsPath, jobsApi, type JobPage as RunningJobPage } from '../api/jobs';
import { bytesText, numberText, shortNumber } from '../model/format';
import { hasEnded, type Job, jobStates, mergeJobs, secondsText, subjectOf } from '../model/jobs';
import { type Data, useData, usePages } from '../ui/data';
import { JobButtons, JobProgress, JobStateBadge, useJobEvents } from '../ui/jobs';
import {
  Card,
  Code,
  Empty,
  ExactTime,
  Failure,
  PageHead,
  Select,
  Skeleton,
  Snippet,
  Tile,
  Tiles,
  Time,
} from '../ui/parts';
import { Link, navigate, useLocation } from '../ui/router';
import { DataTable, Fact, MoreButton, numbers, unseen } from '../ui/table';

const jobsPerPage = 50;
const pollMs = 2000;

function rateText(job: Job): string {
  return job.rows_per_second === null || job.rows === 0
    ? '–'
    : `${shortNumber(job.rows_per_second)}/s`;
}

/** Jobs, the newest first. */
export function JobRows({ jobs, onChange }: { jobs: Job[]; onChange: (job: Job) => void }) {
  const hasOwners = new Set(jobs.map((job) => job.owner)).size > 1;
  return (
    <DataTable
      label="Jobs"
      columns={[
        'State',
        'Job',
        'Progress',
        numbers('Rows'),
        numbers('Rate'),
        numbers('Took'),
        'Made',
        hasOwners && 'Owner',
        unseen('What can be done'),
      ]}
    >
      {jobs.map((job) => (
        <tr key={job.id}>
          <td>
            <JobStateBadge state={job.state} />
          </td>
          <th scope="row" class="job-name">
            <Link to={{ page: 'job', id: job.id }} title={job.id}>
              {job.kind}
            </Link>{' '}
            <span class="quiet" title={subjectOf(job)}>
              {subjectOf(job).slice(0, 80)}
            </span>
          </th>
          <td class="job-told">
            <JobProgress job={job} />
          </td>
          <td class="number nowrap">{numberText(job.rows)}</td>
          <td class="number nowrap">{rateText(job)}</td>
          <td class="number nowrap">{secondsText(job.duration_seconds)}</td>
          <td class="nowrap">
            <Time at={Date.parse(job.created_at)} />
          </td>
          {hasOwners && <td>{job.owner}</td>}
          <td class="nowrap">
            <JobButtons job={job} onChange={onChange} />
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

/** What has been heard of jobs since the page was opened. */
function useHeard(): [ReadonlyMap<string, Job>, (jobs: Job[]) => void] {
  const [heard, setHeard] = useState<ReadonlyMap<string, Job>>(new Map());
  const hear = useCallback((jobs: Job[]) => {
    setHeard((old) => {
      // An answer that was on its way when the job ended is older than its end.
      const newer = jobs.filter((job) => {
        const known = old.get(job.id);
        return known === undefined || !hasEnded(known) || hasEnded(job);
      });
      return new Map([...old, ...newer.map((job) => [job.id, job] as const)]);
    });
  }, []);
  return [heard, hear];
}

export function JobsPage() {
  const { query } = useLocation();
  const state = query.get('state') ?? '';
  const [heard, hear] = useHeard();
  const isLive = useJobEvents(eventsPath(), (job) => hear([job]));
  const pages = usePages(`jobs ${state}`, async (before, signal) => {
    const page = await jobsApi.list({ state, before, limit: jobsPerPage }, signal);
    return { items: page.jobs, head: undefined, next: page.next_before };
  });
  // Once more when the stream begins: what happened between the list and it.
  const newest = useData(
    `newest jobs ${isLive}`,
    (signal) => jobsApi.list({ limit: jobsPerPage }, signal),
    isLive ? 5 * pollMs : pollMs,
  );
  useEffect(() => {
    if (newest.value !== undefined) hear(newest.value.jobs);
  }, [newest.value, hear]);
  const jobs = mergeJobs(pages.items, heard, state, pages.hasMore);
  const isEmpty = jobs.length === 0 && !pages.isLoading && !pages.error;
  return (
    <>
      <PageHead icon="jobs" title="Jobs">
        {newest.value &&
          `${numberText(newest.value.running)} running, ${numberText(newest.value.queued)} waiting`}
      </PageHead>
      <Card
        title="Loads, scrapes, migrations, SQL and maintenance"
        actions={
          <>
            <span class={isLive ? 'chip now' : 'chip'}>{isLive ? 'live' : 'every 2 s'}</span>
            <Select
              label="Show"
              value={state}
              choices={[
                { value: '', label: 'all' },
                ...jobStates.map((one) => ({ value: one as string, label: one as string })),
              ]}
              onChange={(chosen) => navigate({ page: 'jobs' }, { state: chosen }, true)}
            />
          </>
        }
      >
        {jobs.length > 0 && <JobRows jobs={jobs} onChange={(job) => hear([job])} />}
        {pages.isLoading && jobs.length === 0 && <Skeleton lines={6} />}
        {isEmpty && (
          <Empty title={state === '' ? 'No jobs yet' : `No job is ${state}`}>
            <Link to={{ page: 'load' }}>Load a file</Link>, or call the data service:{' '}
            <a href="/docs">what it can do</a>.
          </Empty>
        )}
        <MoreButton pages={pages} label="Older jobs" />
        {pages.error && <Failure error={pages.error} retry={pages.reload} />}
      </Card>
    </>
  );
}

function Figures({ job }: { job: Job }) {
  const left = hasEnded(job) || job.eta_seconds === null ? undefined : job.eta_seconds;
  return (
    <Tiles>
      <Tile label="State" value={job.state} hint={job.step === '' ? undefined : job.step} />
      <Tile
        label="Rows"
        value={numberText(job.rows)}
        hint={job.rows > 0 && job.rows_per_second !== null ? rateText(job) : undefined}
      />
      <Tile label="Bytes" value={bytesText(job.bytes)} />
      <Tile
        label="Took"
        value={secondsText(job.duration_seconds)}
        hint={left === undefined ? undefined : `${secondsText(left)} left`}
      />
      {job.part !== null && !hasEnded(job) && (
        <Tile label="Done" value={`${Math.round(job.part * 100)} %`} />
      )}
    </Tiles>
  );
}

function TimeOr({ at }: { at: string | null }) {
  return at === null ? <span class="quiet">–</span> : <ExactTime at={Date.parse(at)} />;
}

function JobFacts({ job }: { job: Job }) {
  return (
    <DataTable label="About this job">
      <Fact name="Id">
        <Code text={job.id} label="Copy the id" />
      </Fact>
      <Fact name="Owner">{job.owner}</Fact>
      <Fact name="Made">
        <TimeOr at={job.created_at} />
      </Fact>
      <Fact name="Started">
        <TimeOr at={job.started_at} />
      </Fact>
      <Fact name="Ended">
        <TimeOr at={job.ended_at} />
      </Fact>
      <Fact name="Attempts">{numberText(job.attempts)}</Fact>
      {job.retry_of !== null && (
        <Fact name="Does again">
          <Link to={{ page: 'job', id: job.retry_of }}>{job.retry_of}</Link>
        </Fact>
      )}
      {job.schedule !== null && (
        <Fact name="Schedule">
          <Link to={{ page: 'schedule', name: job.schedule }}>{job.schedule}</Link>
        </Fact>
      )}
      {job.snapshot_id !== null && (
        <Fact name="Snapshot">
          <Code text={job.snapshot_id} label="Copy the snapshot's id" />
        </Fact>
      )}
    </DataTable>
  );
}

/** The table that a job wrote, by its result. */
function TableOf({ job }: { job: Job }) {
  const result = (job.result ?? {}) as { warehouse?: unknown; table?: unknown };
  const { namespace, table } = job.request;
  if (typeof result.warehouse !== 'string' || typeof result.table !== 'string') return null;
  if (!Array.isArray(namespace) || typeof table !== 'string') return null;
  const place = { warehouse: result.warehouse, namespace: namespace.map(String), name: table };
  return <Link to={{ page: 'table', ...place, tab: 'overview' }}>{result.table}</Link>;
}

/** All of a job, as it goes on. */
export function JobView({ id }: { id: string }) {
  const [heard, hear] = useHeard();
  const known = heard.get(id);
  const isOver = known !== undefined && hasEnded(known);
  const isLive = useJobEvents(eventsPath(id), (job) => hear([job]), !isOver);
  const data = useData(
    `job ${id}`,
    (signal) => jobsApi.one(id, signal),
    isLive || isOver ? undefined : pollMs,
  );
  useEffect(() => {
    // The stream may have told its end already.
    if (data.value !== undefined && !isOver) hear([data.value]);
  }, [data.value, isOver, hear]);
  const job = known ?? data.value;
  if (job === undefined) {
    return data.error ? <Failure error={data.error} retry={data.reload} /> : <Skeleton lines={6} />;
  }
  return (
    <>
      <div class="job-line" role="status">
        <JobStateBadge state={job.state} />
        <strong>{job.kind}</strong>
        <span class="job-subject">{subjectOf(job).slice(0, 200)}</span>
        <JobButtons job={job} onChange={(changed) => hear([changed])} />
      </div>
      <Figures job={job} />
      {!hasEnded(job) && <JobProgress job={job} />}
      {job.error !== null && (
        <div class="failure" role="alert">
          <div>
            <p class="failure-title">{job.error.code}</p>
            <p>{job.error.message}</p>
          </div>
        </div>
      )}
      <div class="columns">
        <Card title="About">
          <JobFacts job={job} />
        </Card>
        <Card title="Request">
          <Snippet text={JSON.stringify(job.request, null, 2)} label="request" />
        </Card>
      </div>
      {job.result !== null && job.result !== undefined && (
        <Card title="Result" actions={<TableOf job={job} />}>
          <Snippet text={JSON.stringify(job.result, null, 2)} label="result" />
        </Card>
      )}
    </>
  );
}

export function JobPage({ id }: { id: string }) {
  return (
    <>
      <PageHead icon="jobs" title="Job">
        <Link to={{ page: 'jobs' }}>All jobs</Link>
      </PageHead>
      <JobView key={id} id={id} />
    </>
  );
}

export function useRunningJobs(): Data<RunningJobPage> {
  return useData(
    'running jobs',
    (signal) => jobsApi.list({ state: 'running', limit: 10 }, signal),
    pollMs,
  );
}

/** What goes on, for the home page; nothing while nothing does. */
export function RunningJobs({ running }: { running: Data<RunningJobPage> }) {
  const jobs = running.value?.jobs ?? [];
  if (jobs.length === 0) return null;
  const waiting = running.value?.queued ?? 0;
  return (
    <Card
      title="Running jobs"
      actions={
        <Link to={{ page: 'jobs' }}>
          {waiting > 0 ? `All jobs, ${numberText(waiting)} waiting` : 'All jobs'}
        </Link>
      }
    >
      <JobRows jobs={jobs} onChange={running.reload} />
    </Card>
  );
}
