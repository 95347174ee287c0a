import { useState } from 'preact/hooks';
import { type Schedule, type ScheduleRun, serviceApi } from '../api/service';
import { cronText } from '../model/cron';
import { Confirm } from '../ui/confirm';
import { useData } from '../ui/data';
import { Card, Empty, ExactTime, Failure, PageHead, Skeleton, Snippet, Time } from '../ui/parts';
import { Link, navigate, useLocation } from '../ui/router';
import { DataTable, Fact, numbers, unseen } from '../ui/table';

import { ScheduleForm } from './schedule_form';

const pollMs = 5000;

function whenText(schedule: Schedule): string {
  return schedule.cron === null
    ? `every ${schedule.every ?? ''}`
    : `${schedule.cron} ${schedule.time_zone}`;
}

function Outcome({ run }: { run: ScheduleRun }) {
  const badge = <span class={`badge job-state ${run.outcome}`}>{run.outcome}</span>;
  return run.job_id === null ? (
    badge
  ) : (
    <Link to={{ page: 'job', id: run.job_id }} title={run.job_id}>
      {badge}
    </Link>
  );
}

function Buttons({ schedule, onChange }: { schedule: Schedule; onChange: () => void }) {
  const [isBusy, setBusy] = useState(false);
  const [told, setTold] = useState('');
  const act = async (what: 'pause' | 'resume' | 'run') => {
    setBusy(true);
    try {
      const answer = await serviceApi.changeSchedule(schedule.name, what);
      const waits = what === 'run' && !answer.job_id;
      setTold(waits ? 'Runs when the run before has ended' : '');
    } catch (error) {
      setTold((error as Error).message);
    }
    setBusy(false);
    onChange();
  };
  const isPaused = schedule.state === 'paused';
  return (
    <span class="schedule-buttons">
      <button
        type="button"
        class="button small"
        disabled={isBusy}
        aria-label={`Run now: ${schedule.name}`}
        onClick={() => act('run')}
      >
        Run now
      </button>
      {(isPaused || schedule.state === 'active') && (
        <button
          type="button"
          class="button small"
          disabled={isBusy}
          aria-label={`${isPaused ? 'Resume' : 'Pause'} ${schedule.name}`}
          onClick={() => act(isPaused ? 'resume' : 'pause')}
        >
          {isPaused ? 'Resume' : 'Pause'}
        </button>
      )}
      {told !== '' && <span role="status">{told}</span>}
    </span>
  );
}

export function SchedulesPage() {
  const data = useData('schedules', (signal) => serviceApi.schedules(signal), pollMs);
  const schedules = data.value?.schedules;
  const { query } = useLocation();
  if (query.get('new') !== null) {
    return (
      <>
        <PageHead icon="clock" title="Schedules" />
        <ScheduleForm
          done={(name) => navigate({ page: 'schedule', name })}
          cancel={() => navigate({ page: 'schedules' })}
        />
      </>
    );
  }
  return (
    <>
      <PageHead icon="clock" title="Schedules" />
      <Card
        title="What runs by itself"
        actions={
          <Link to={{ page: 'schedules' }} query={{ new: '1' }} class="button small">
            New schedule
          </Link>
        }
      >
        {schedules === undefined && !data.error && <Skeleton lines={4} />}
        {schedules === undefined && data.error && (
          <Failure error={data.error} retry={data.reload} />
        )}
        {schedules?.length === 0 && (
          <Empty title="No schedules yet">
            Make one here;{' '}
            <code>tarn schedule add nightly --cron '30 2 * * *' --sql 'SELECT 42'</code> makes one,
            and so does <code>POST /api/v1/schedules</code>.
          </Empty>
        )}
        {schedules !== undefined && schedules.length > 0 && (
          <DataTable
            label="Schedules"
            columns={[
              'Name',
              'State',
              'When',
              'Call',
              'Next run',
              'Last run',
              unseen('What can be done'),
            ]}
          >
            {schedules.map((schedule) => (
              <tr key={schedule.name}>
                <th scope="row">
                  <Link to={{ page: 'schedule', name: schedule.name }}>{schedule.name}</Link>
                </th>
                <td>
                  <span class={`badge schedule-state ${schedule.state}`}>{schedule.state}</span>
                </td>
                <td class="nowrap" title={cronText(schedule.cron ?? '')}>
                  {whenText(schedule)}
                </td>
                <td class="mono">{schedule.call}</td>
                <td class="nowrap">
                  {schedule.next_runs[0] ? (
                    <Time at={Date.parse(schedule.next_runs[0])} />
                  ) : (
                    <span class="quiet">–</span>
                  )}
                </td>
                <td class="nowrap">
                  {schedule.last_run && (
                    <>
                      <Outcome run={schedule.last_run} />{' '}
                      <Time at={Date.parse(schedule.last_run.at)} />
                    </>
                  )}
                </td>
                <td>
                  <Buttons schedule={schedule} onChange={data.reload} />
                </td>
              </tr>
            ))}
          </DataTable>
        )}
      </Card>
    </>
  );
}

function About({ schedule }: { schedule: Schedule }) {
  return (
    <DataTable label="About this schedule">
      {schedule.description !== '' && <Fact name="For">{schedule.description}</Fact>}
      <Fact name="State">
        <span class={`badge schedule-state ${schedule.state}`}>{schedule.state}</span>{' '}
        {schedule.pause_reason}
      </Fact>
      <Fact name="Owner">{schedule.owner}</Fact>
      <Fact name="When">
        {whenText(schedule)}
        {schedule.cron !== null && (
          <div class="quiet">{cronText(schedule.cron) ?? 'as the expression says'}</div>
        )}
      </Fact>
      <Fact name="While one runs">{schedule.overlap}</Fact>
      <Fact name="Catches up">{schedule.catch_up}</Fact>
      {schedule.current_job_id !== null && (
        <Fact name="Runs now">
          <Link to={{ page: 'job', id: schedule.current_job_id }}>{schedule.current_job_id}</Link>
        </Fact>
      )}
    </DataTable>
  );
}

function History({ runs }: { runs: ScheduleRun[] }) {
  if (runs.length === 0) return <Empty title="It has not run yet" />;
  return (
    <DataTable label="History" columns={['Due', 'Outcome', 'By', 'Message', numbers('Began')]}>
      {runs.map((run, i) => (
        <tr key={i}>
          <td>
            <ExactTime at={Date.parse(run.due_at)} />
          </td>
          <td>
            <Outcome run={run} />
          </td>
          <td>{run.by_hand ? 'hand' : 'schedule'}</td>
          <td>{run.message}</td>
          <td class="number nowrap">
            <Time at={Date.parse(run.at)} />
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

export function SchedulePage({ name }: { name: string }) {
  const data = useData(
    `schedule ${name}`,
    async (signal) => {
      const [schedule, { runs }] = await Promise.all([
        serviceApi.schedule(name, signal),
        serviceApi.runs(name, signal),
      ]);
      return { schedule, runs };
    },
    pollMs,
  );
  const value = data.value;
  const [stage, setStage] = useState<'shown' | 'edited' | 'removed'>('shown');
  if (stage === 'edited' && value !== undefined) {
    const back = () => {
      setStage('shown');
      data.reload();
    };
    return (
      <>
        <PageHead icon="clock" title={name} />
        <ScheduleForm schedule={value.schedule} done={back} cancel={back} />
      </>
    );
  }
  return (
    <>
      <PageHead icon="clock" title={name}>
        <Link to={{ page: 'schedules' }}>All schedules</Link>
      </PageHead>
      {stage === 'removed' && (
        <Confirm
          title={`Delete ${name}?`}
          verb="Delete"
          act={async () => {
            await serviceApi.removeSchedule(name);
            navigate({ page: 'schedules' });
          }}
          close={() => setStage('shown')}
        >
          <p>It runs no more, and its history goes. A run under way goes on; its jobs stay.</p>
        </Confirm>
      )}
      {value === undefined && !data.error && <Skeleton lines={6} />}
      {value === undefined && data.error && <Failure error={data.error} retry={data.reload} />}
      {value !== undefined && (
        <>
          <div class="form-buttons">
            <Buttons schedule={value.schedule} onChange={data.reload} />
            <button type="button" class="button small" onClick={() => setStage('edited')}>
              Edit
            </button>
            <button type="button" class="button small" onClick={() => setStage('removed')}>
              Delete
            </button>
          </div>
          <div class="columns">
            <Card title="About">
              <About schedule={value.schedule} />
            </Card>
            <Card title="Next runs">
              {value.schedule.next_runs.length === 0 ? (
                <Empty title="None" />
              ) : (
                <ol class="next-runs">
                  {value.schedule.next_runs.map((at) => (
                    <li key={at}>
                      <ExactTime at={Date.parse(at)} />
                    </li>
                  ))}
                </ol>
              )}
            </Card>
          </div>
          <Card title={`Request of ${value.schedule.call ?? value.schedule.kind}`}>
            <Snippet text={JSON.stringify(value.schedule.request, null, 2)} label="request" />
          </Card>
          <Card title="History">
            <History runs={value.runs} />
          </Card>
        </>
      )}
    </>
  );
}
