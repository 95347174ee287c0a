import { useRef, useState } from 'preact/hooks';
import { type Preview, serviceApi } from '../api/service';
import {
  type ColumnEdit,
  callOf,
  chosenColumns,
  editsOf,
  requestOf,
  type Way,
  wayNames,
  ways,
} from '../model/load_request';
import { useData } from '../ui/data';
import { Choose, Field, Ways } from '../ui/fields';
import { Card, PageHead } from '../ui/parts';
import { navigate } from '../ui/router';
import { JobView } from './jobs';
import { LoadColumns } from './load_columns';
import { SourceFields } from './load_sources';
import { keepScheduleDraft } from './schedule_form';

const modes = [
  ['auto', 'create it, or append'],
  ['create', 'create it: it must not be there'],
  ['append', 'append: it must be there'],
  ['overwrite', 'replace its rows'],
  ['replace', 'replace its rows and columns'],
  ['upsert', 'replace rows with equal keys'],
] as const;

function Target() {
  return (
    <div class="load-fields">
      <Field name="table" label="Into table" hint="sales.orders" isRequired />
      <Choose name="mode" label="The table">
        {modes.map(([mode, words]) => (
          <option key={mode} value={mode}>
            {words}
          </option>
        ))}
      </Choose>
      <Field name="keys" label="Keys of rows to replace" hint="id" />
      <Field name="partition_by" label="Partitions of a new table" hint="day(ts), region" />
      <Choose name="lineage" label="Columns on where rows come from">
        <option value="">unless the table has no place for them</option>
        <option value="yes">yes</option>
        <option value="no">no</option>
      </Choose>
    </div>
  );
}

interface Looked {
  preview: Preview;
  edits: ColumnEdit[];
}

const targetFields = new Set(['table', 'mode', 'keys', 'partition_by', 'lineage']);

export function LoadPage() {
  const form = useRef<HTMLFormElement>(null);
  const sent = useRef<{ file: File; path: string }>();
  const [way, setWay] = useState<Way>('upload');
  const [stage, setStage] = useState<'ready' | 'sending' | 'looking'>('ready');
  const [error, setError] = useState('');
  const [looked, setLooked] = useState<Looked>();
  const [job, setJob] = useState<string>();
  const stored = useData('connections', (signal) => serviceApi.connections(signal));
  const calls = useData('previewed calls', (signal) => serviceApi.previewedCalls(signal));
  const offered = ways.filter((one) => calls.value?.calls.includes(callOf[one]) ?? true);

  /** What is filled in, the file sent before. */
  const request = async () => {
    const data = new FormData(form.current ?? undefined);
    const made = requestOf(way, data);
    const file = data.get('file');
    if (file instanceof File) {
      if (
        sent.current?.file.name !== file.name ||
        sent.current.file.size !== file.size ||
        sent.current.file.lastModified !== file.lastModified
      )
        sent.current = { file, path: (await serviceApi.upload(file)).path };
      made.file_path = sent.current.path;
    }
    const columns = looked && chosenColumns(looked.edits);
    if (columns !== undefined) made.columns = columns;
    return made;
  };
  const attempt = async (doing: 'sending' | 'looking', action: () => Promise<void>) => {
    setStage(doing);
    setError('');
    try {
      await action();
    } catch (failure) {
      setError((failure as Error).message);
    }
    setStage('ready');
  };
  const look = () => {
    // Where the rows shall go is not needed for a look at them.
    const missing = [...(form.current?.elements ?? [])].find(
      (element) =>
        element instanceof HTMLInputElement &&
        !targetFields.has(element.name) &&
        !element.checkValidity(),
    );
    if (missing !== undefined) {
      (missing as HTMLInputElement).reportValidity();
      return;
    }
    void attempt('looking', async () => {
      const asked = await request();
      for (const name of targetFields) delete asked[name];
      const preview = await serviceApi.preview(callOf[way], asked);
      setLooked((old) => ({ preview, edits: old?.edits ?? editsOf(preview.columns) }));
    });
  };
  const load = (event: SubmitEvent) => {
    event.preventDefault();
    setJob(undefined);
    void attempt('sending', async () => {
      setJob((await serviceApi.begin(callOf[way], await request())).id);
    });
  };
  const schedule = () => {
    if (form.current?.reportValidity() !== true) return;
    void attempt('sending', async () => {
      keepScheduleDraft({ call: callOf[way], request: await request() });
      navigate({ page: 'schedules' }, { new: '1' });
    });
  };

  return (
    <>
      <PageHead icon="load" title="Load" />
      <form onSubmit={load} ref={form} class="load-form">
        <Card title="Where the rows are">
          <Ways
            legend="Where the rows are"
            name="way"
            chosen={way}
            choices={offered.map((value) => ({ value, label: wayNames[value] }))}
            onChange={(chosen) => {
              setWay(chosen);
              setLooked(undefined);
              setError('');
            }}
          />
          <div
            class="load-fields"
            key={way}
            onChange={() => {
              // Another source has other columns; one that was only looked at again has not.
              if (looked !== undefined) setLooked(undefined);
            }}
          >
            <SourceFields way={way} connections={stored.value?.connections ?? []} />
          </div>
          <button type="button" class="button" disabled={stage !== 'ready'} onClick={look}>
            {stage === 'looking' ? 'Looking…' : looked ? 'Preview again' : 'Preview'}
          </button>
        </Card>
        {looked !== undefined && (
          <LoadColumns
            preview={looked.preview}
            edits={looked.edits}
            setEdits={(edits) => setLooked({ ...looked, edits })}
          />
        )}
        <Card title="Where they go">
          <Target />
          <p class="form-error" role="alert">
            {error}
          </p>
          <div class="form-buttons">
            <button type="submit" class="button primary" disabled={stage !== 'ready'}>
              {stage === 'sending' ? 'Sending…' : 'Load'}
            </button>
            {way !== 'upload' && (
              <button type="button" class="button" disabled={stage !== 'ready'} onClick={schedule}>
                Schedule…
              </button>
            )}
          </div>
        </Card>
      </form>
      {job !== undefined && <JobView key={job} id={job} />}
    </>
  );
}
