/** Making and editing schedules: what is done, and when. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { type Schedule, serviceApi } from '../api/service';
import { cronText, zonedText } from '../model/cron';
import { Check, Choose, Field, TextArea, Ways } from '../ui/fields';
import { Card } from '../ui/parts';

export interface ScheduleDraft {
  call: string;
  request: Record<string, unknown>;
}

let draft: ScheduleDraft | undefined;

/** What the next new schedule shall do: from the page of loads. */
export function keepScheduleDraft(next: ScheduleDraft): void {
  draft = next;
}

const calls = [
  ['/sql', 'SQL'],
  ['/maintain', 'Maintenance'],
  ['/load/file', 'Load of files'],
  ['/load/s3', 'Load from an object store'],
  ['/load/postgres', 'Load from PostgreSQL'],
  ['/load/mysql', 'Load from MySQL'],
  ['/load/odbc', 'Load by ODBC'],
  ['/scrape', 'Web pages'],
  ['/scrape-api', 'Web API'],
  ['/migrate', 'Migration of a table'],
  ['/migrate/bulk', 'Migration of tables'],
] as const;

const actions = ['compact', 'deletes', 'manifests', 'stats', 'expire', 'orphans'] as const;

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '';
}

function SqlFields({ request }: { request: Record<string, unknown> }) {
  return (
    <>
      <TextArea
        name="statements"
        label="Statements"
        value={textOf(request.statements)}
        hint="DELETE FROM web.logs WHERE …"
      />
      <Choose name="dialect" label="Dialect" value={textOf(request.dialect) || 'trino'}>
        <option value="trino">Trino</option>
        <option value="duckdb">DuckDB</option>
      </Choose>
      <Field name="schema" label="Schema" value={textOf(request.schema)} />
    </>
  );
}

function MaintenanceFields({ request }: { request: Record<string, unknown> }) {
  const given = Array.isArray(request.actions) ? request.actions : [request.actions];
  const levels = Array.isArray(request.namespace) ? request.namespace.join('.') : '';
  const table = textOf(request.table);
  return (
    <>
      <fieldset class="checks">
        <legend>What is done</legend>
        {actions.map((one) => (
          <Check
            key={one}
            name={`action ${one}`}
            label={one}
            isChecked={given.includes(one) || given.includes('all')}
          />
        ))}
      </fieldset>
      <Field
        name="table"
        label="Table"
        hint="all of them"
        value={levels !== '' && table !== '' ? `${levels}.${table}` : table}
      />
      <Field name="older_than" label="Expires what is older than" hint="7d" />
      <Field name="retain_last" label="but keeps the last" type="number" hint="1" />
    </>
  );
}

/** What a form says of a call. Errors: SyntaxError for a request that is no JSON. */
function requestOf(call: string, form: FormData): Record<string, unknown> {
  const text = (name: string) => String(form.get(name) ?? '').trim();
  if (call === '/sql') {
    const schema = text('schema');
    return {
      statements: text('statements'),
      dialect: text('dialect'),
      ...(schema === '' ? {} : { schema }),
    };
  }
  if (call === '/maintain') {
    const request: Record<string, unknown> = {
      actions: actions.filter((one) => form.get(`action ${one}`) !== null),
    };
    for (const name of ['table', 'older_than']) if (text(name) !== '') request[name] = text(name);
    if (text('retain_last') !== '') request.retain_last = Number(text('retain_last'));
    return request;
  }
  return JSON.parse(text('request')) as Record<string, unknown>;
}

interface When {
  way: 'cron' | 'every';
  cron: string;
  every: string;
  zone: string;
}

/** When it would run, as the server reckons; asked for a moment after the last key. */
function NextRuns({ when }: { when: When }) {
  const [told, setTold] = useState<{ next: string[]; error: string }>({ next: [], error: '' });
  const { way, cron, every, zone } = when;
  const given = way === 'cron' ? cron : every;
  useEffect(() => {
    if (given.trim() === '') {
      setTold({ next: [], error: '' });
      return;
    }
    let isOver = false;
    const timer = window.setTimeout(async () => {
      try {
        const { next_runs } = await serviceApi.previewSchedule(
          way === 'cron' ? { cron, time_zone: zone || 'UTC' } : { every },
        );
        if (!isOver) setTold({ next: next_runs, error: '' });
      } catch (error) {
        if (!isOver) setTold({ next: [], error: (error as Error).message });
      }
    }, 300);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [way, given, zone]);
  const words = way === 'cron' ? cronText(cron) : undefined;
  return (
    <div class="schedule-next" role="status">
      {words !== undefined && told.error === '' && <p class="schedule-words">{words}</p>}
      {told.error !== '' && <p class="form-error">{told.error}</p>}
      {told.next.length > 0 && (
        <>
          <p class="quiet">{`Next, in ${zone || 'UTC'}:`}</p>
          <ol class="next-runs mono">
            {told.next.slice(0, 5).map((at) => (
              <li key={at}>{zonedText(Date.parse(at), zone)}</li>
            ))}
          </ol>
        </>
      )}
    </div>
  );
}

function zones(): string[] {
  return ['UTC', ...Intl.supportedValuesOf('timeZone')];
}

function Timing({ when, setWhen }: { when: When; setWhen: (when: When) => void }) {
  return (
    <>
      <Ways
        legend="How it is timed"
        name="timing"
        chosen={when.way}
        choices={[
          { value: 'cron', label: 'At given times' },
          { value: 'every', label: 'At an interval' },
        ]}
        onChange={(way) => setWhen({ ...when, way })}
      />
      <div class="load-fields" key={when.way}>
        {when.way === 'cron' ? (
          <>
            <Field
              name="cron"
              label="Cron expression"
              hint="30 2 * * mon-fri"
              value={when.cron}
              isRequired
              onInput={(cron) => setWhen({ ...when, cron })}
            />
            <Field
              name="time_zone"
              label="Time zone"
              value={when.zone}
              list="time-zones"
              onInput={(zone) => setWhen({ ...when, zone })}
            />
            <datalist id="time-zones">
              {zones().map((zone) => (
                <option key={zone} value={zone} />
              ))}
            </datalist>
          </>
        ) : (
          <Field
            name="every"
            label="Every"
            hint="15m, 1h30m, 2d"
            value={when.every}
            isRequired
            onInput={(every) => setWhen({ ...when, every })}
          />
        )}
      </div>
      <NextRuns when={when} />
    </>
  );
}

function Rules({ schedule }: { schedule: Schedule | undefined }) {
  return (
    <div class="load-fields">
      <Choose name="overlap" label="While the run before goes on" value={schedule?.overlap}>
        <option value="skip">leave this one out</option>
        <option value="queue">wait for its end</option>
        <option value="cancel">cancel it</option>
      </Choose>
      <Choose
        name="catch_up"
        label="What was due while no server was there"
        value={schedule?.catch_up ?? 'last'}
      >
        <option value="none">is left out</option>
        <option value="last">the last of it is done</option>
        <option value="all">all of it is done</option>
      </Choose>
      <Field
        name="jitter_seconds"
        label="Put off by up to (seconds)"
        type="number"
        value={String(schedule?.jitter_seconds ?? 0)}
      />
      <Field
        name="pause_after_failures"
        label="Pause after failures in a row (0: never)"
        type="number"
        value={String(schedule?.pause_after_failures ?? 0)}
      />
      <Field name="description" label="Description" value={schedule?.description ?? ''} />
    </div>
  );
}

function whenOf(schedule: Schedule | undefined): When {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone || 'UTC';
  return {
    way: schedule?.every ? 'every' : 'cron',
    cron: schedule?.cron ?? '',
    every: schedule?.every ?? '',
    zone: schedule === undefined ? here : schedule.time_zone || 'UTC',
  };
}

/** `schedule`: the one to edit; a new one otherwise. */
export function ScheduleForm({
  schedule,
  done,
  cancel,
}: {
  schedule?: Schedule;
  done: (name: string) => void;
  cancel: () => void;
}) {
  const first = useRef(schedule === undefined ? draft : undefined);
  const [call, setCall] = useState(schedule?.call ?? first.current?.call ?? '/sql');
  const [when, setWhen] = useState<When>(() => whenOf(schedule));
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);
  const isSame = schedule !== undefined && schedule.call === call;
  const isPlain = call === '/sql' || call === '/maintain';
  const request = isSame ? schedule.request : (first.current?.request ?? {});
  // What a job of a load writes down is not what its call takes: it stays as it is unless it is written anew.
  const keepsRequest = isSame && !isPlain;
  const known = calls.some(([path]) => path === call) ? calls : [...calls, [call, call] as const];

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    setBusy(true);
    setError('');
    try {
      const body: Record<string, unknown> = {
        cron: when.way === 'cron' ? when.cron.trim() : null,
        every: when.way === 'every' ? when.every.trim() : null,
        description: form.get('description'),
        overlap: form.get('overlap'),
        catch_up: form.get('catch_up'),
        jitter_seconds: Number(form.get('jitter_seconds') || 0),
        pause_after_failures: Number(form.get('pause_after_failures') || 0),
      };
      if (when.way === 'cron') body.time_zone = when.zone || 'UTC';
      for (const name of ['cron', 'every']) if (body[name] === null) delete body[name];
      if (!keepsRequest || String(form.get('request') ?? '').trim() !== '') {
        body.call = call;
        body.request = requestOf(call, form);
      }
      const name = schedule?.name ?? String(form.get('name') ?? '').trim();
      if (schedule === undefined) await serviceApi.makeSchedule({ ...body, name });
      else await serviceApi.editSchedule(schedule.name, body);
      draft = undefined;
      done(name);
    } catch (failure) {
      setError((failure as Error).message);
      setBusy(false);
    }
  };

  return (
    <form onSubmit={submit} class="load-form">
      <Card title={schedule === undefined ? 'New schedule' : `Edit ${schedule.name}`}>
        <div class="load-fields">
          {schedule === undefined && (
            <Field name="name" label="Name" hint="nightly-orders" isRequired />
          )}
          <label class="field">
            <span>What is done</span>
            <select
              name="call"
              value={call}
              onChange={(event) => setCall(event.currentTarget.value)}
            >
              {known.map(([path, words]) => (
                <option key={path} value={path}>
                  {words}
                </option>
              ))}
            </select>
          </label>
        </div>
        <div class="load-fields" key={call}>
          {call === '/sql' && <SqlFields request={request} />}
          {call === '/maintain' && <MaintenanceFields request={request} />}
          {!isPlain && (
            <TextArea
              name="request"
              label={
                keepsRequest
                  ? 'Request, as JSON: stays as it is while this is empty'
                  : `Request, as JSON: what POST ${call} takes`
              }
              rows={8}
              value={
                keepsRequest || first.current === undefined
                  ? ''
                  : JSON.stringify(first.current.request, null, 2)
              }
              hint='{"connection": "shop", "source_table": "public.orders", "table": "sales.orders"}'
            />
          )}
        </div>
      </Card>
      <Card title="When">
        <Timing when={when} setWhen={setWhen} />
      </Card>
      <Card title="How">
        <Rules schedule={schedule} />
        <p class="form-error" role="alert">
          {error}
        </p>
        <div class="form-buttons">
          <button type="submit" class="button primary" disabled={isBusy}>
            {schedule === undefined ? 'Make it' : 'Keep'}
          </button>
          <button type="button" class="button" onClick={cancel}>
            Cancel
          </button>
        </div>
      </Card>
    </form>
  );
}
