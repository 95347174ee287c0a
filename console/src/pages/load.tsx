import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type Connection, serviceApi } from '../api/service';
import { useData } from '../ui/data';
import { Card, PageHead } from '../ui/parts';
import { JobView } from './jobs';

const ways = ['upload', 'file', 'postgres', 'web'] as const;
type Way = (typeof ways)[number];

const wayNames: Record<Way, string> = {
  upload: 'A file from here',
  file: 'Path or URL',
  postgres: 'PostgreSQL',
  web: 'Web page',
};

const modes = [
  ['auto', 'create it, or append'],
  ['create', 'create it: it must not be there'],
  ['append', 'append: it must be there'],
  ['overwrite', 'replace its rows'],
  ['replace', 'replace its rows and columns'],
] as const;

function Field({
  name,
  label,
  type = 'text',
  isRequired = false,
  hint,
}: {
  name: string;
  label: string;
  type?: string;
  isRequired?: boolean;
  hint?: string;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <input
        name={name}
        type={type}
        required={isRequired}
        placeholder={hint}
        spellcheck={false}
        autocomplete={type === 'password' ? 'new-password' : 'off'}
      />
    </label>
  );
}

function Choose({
  name,
  label,
  children,
  onChange,
}: {
  name: string;
  label: string;
  children: ComponentChildren;
  onChange?: (value: string) => void;
}) {
  return (
    <label class="field">
      <span>{label}</span>
      <select name={name} onChange={(event) => onChange?.(event.currentTarget.value)}>
        {children}
      </select>
    </label>
  );
}

function Format() {
  return (
    <Choose name="format" label="Format">
      <option value="">as name and content say</option>
      {['csv', 'json', 'parquet', 'orc', 'avro', 'arrow'].map((one) => (
        <option key={one}>{one}</option>
      ))}
    </Choose>
  );
}

function PostgresFields({ connections }: { connections: Connection[] }) {
  const [chosen, setChosen] = useState('');
  return (
    <>
      {connections.length > 0 && (
        <Choose name="connection" label="Connection" onChange={setChosen}>
          <option value="">none: as written below</option>
          {connections.map((one) => (
            <option key={one.name}>{one.name}</option>
          ))}
        </Choose>
      )}
      {chosen === '' && (
        <>
          <Field name="host" label="Host" isRequired />
          <Field name="port" label="Port" type="number" hint="5432" />
          <Field name="database" label="Database" isRequired />
          <Field name="user" label="User" isRequired />
          <Field name="password" label="Password" type="password" />
        </>
      )}
      <Field name="source_table" label="Table there" hint="public.orders" />
      <Field name="query" label="or a query" hint="SELECT …" />
    </>
  );
}

const calls: Record<Way, string> = {
  upload: '/load/file',
  file: '/load/file',
  postgres: '/load/postgres',
  web: '/scrape',
};

/** What was filled in, by the names of the data service. */
function requestOf(form: FormData): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  for (const [name, value] of form) {
    if (typeof value !== 'string' || value === '' || name === 'way') continue;
    if (name === 'path') {
      request[/^https?:/i.test(value.trim()) ? 'url' : 'file_path'] = value.trim();
    } else if (name === 'port') request.port = Number(value);
    // A password is taken as it is.
    else request[name] = name === 'password' ? value : value.trim();
  }
  return request;
}

function Fields({ way, connections }: { way: Way; connections: Connection[] }) {
  switch (way) {
    case 'upload':
      return (
        <>
          <Field name="file" label="File" type="file" isRequired />
          <Format />
        </>
      );
    case 'file':
      return (
        <>
          <Field
            name="path"
            label="Path on the server, or URL"
            hint="/data/orders.csv, https://…"
            isRequired
          />
          <Format />
        </>
      );
    case 'postgres':
      return <PostgresFields connections={connections} />;
    case 'web':
      return (
        <>
          <Field name="url" label="URL" type="url" hint="https://…" isRequired />
          <Field name="selector" label="What of it" hint="table.wikitable" />
        </>
      );
  }
}

export function LoadPage() {
  const [way, setWay] = useState<Way>('upload');
  const [stage, setStage] = useState<'ready' | 'sending'>('ready');
  const [error, setError] = useState('');
  const [job, setJob] = useState<string>();
  const stored = useData('connections', (signal) => serviceApi.connections(signal));
  const connections = (stored.value?.connections ?? []).filter((one) => one.type === 'postgres');

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const request = requestOf(form);
    const file = form.get('file');
    setStage('sending');
    setError('');
    setJob(undefined);
    try {
      if (file instanceof File) request.file_path = (await serviceApi.upload(file)).path;
      setJob((await serviceApi.begin(calls[way], request)).id);
    } catch (failure) {
      setError((failure as Error).message);
    }
    setStage('ready');
  };

  return (
    <>
      <PageHead icon="load" title="Load" />
      <Card title="Rows into a table">
        <form onSubmit={submit}>
          <fieldset class="ways">
            <legend class="sr-only">Where the rows are</legend>
            {ways.map((one) => (
              <label key={one} class={way === one ? 'chosen' : ''}>
                <input type="radio" name="way" checked={way === one} onChange={() => setWay(one)} />
                {wayNames[one]}
              </label>
            ))}
          </fieldset>
          <div class="load-fields" key={way}>
            <Fields way={way} connections={connections} />
            <Field name="table" label="Into table" hint="sales.orders" isRequired />
            <Choose name="mode" label="The table">
              {modes.map(([mode, words]) => (
                <option key={mode} value={mode}>
                  {words}
                </option>
              ))}
            </Choose>
          </div>
          <p class="form-error" role="alert">
            {error}
          </p>
          <button type="submit" class="button primary" disabled={stage === 'sending'}>
            {stage === 'sending' ? 'Sending…' : 'Load'}
          </button>
        </form>
      </Card>
      {job !== undefined && <JobView key={job} id={job} />}
    </>
  );
}
