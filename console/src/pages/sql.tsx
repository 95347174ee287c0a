import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { api } from '../api/catalog';
import { postForFile } from '../api/http';
import { rowsOf, runSql, type SqlError, SqlSession, type SqlStats } from '../api/sql';
import { countText, numberText } from '../model/format';
import { secondsText } from '../model/jobs';
import { planOf } from '../model/plan';
import { csvOf, type ResultColumn, type ResultRow } from '../model/result';
import { type HistoryEntry, historyFrom, withEntry } from '../model/sql_history';
import {
  lineAndColumnOf,
  mentionsOf,
  type Names,
  offsetOf,
  type Statement,
  statementAt,
  statementsOf,
} from '../model/sql_text';
import { Meter } from '../ui/charts';
import { useData } from '../ui/data';
import { Card, PageHead, Select, Snippet, Time } from '../ui/parts';
import { PlanTree } from '../ui/plan_tree';
import { ResultChart } from '../ui/result_chart';
import { ResultGrid } from '../ui/result_grid';
import { SqlEditor } from '../ui/sql_editor';

const rowsMax = 100_000;
const drawEveryMs = 120;
const draftKey = 'tarn.sql.draft';
const historyKey = 'tarn.sql.history';
const dialectKey = 'tarn.sql.dialect';

/** Nobody who uses the browser next is shown what was written here. */
export function forgetSql(): void {
  localStorage.removeItem(draftKey);
  localStorage.removeItem(historyKey);
}

type Dialect = 'trino' | 'duckdb';

interface Fault extends SqlError {
  /** Where in the editor's text; unset if nobody knows. */
  at: number | undefined;
}

interface Run {
  statement: string;
  /** EXPLAIN was put before the statement. */
  isPlan: boolean;
  state: 'running' | 'done' | 'failed' | 'cancelled';
  columns: ResultColumn[] | undefined;
  rows: ResultRow[];
  stats: SqlStats | undefined;
  fault: Fault | undefined;
  isCut: boolean;
  told: string;
  startedAt: number;
  ms: number;
}

function newRun(statement: string, isPlan: boolean): Run {
  return {
    statement,
    isPlan,
    state: 'running',
    columns: undefined,
    rows: [],
    stats: undefined,
    fault: undefined,
    isCut: false,
    told: '',
    startedAt: Date.now(),
    ms: 0,
  };
}

function faultOf(error: SqlError, text: string, statement: Statement, skipped: number): Fault {
  const place = error.errorLocation;
  if (place === undefined) return { ...error, at: undefined };
  const at = statement.from + Math.max(0, offsetAfter(statement.text, place, skipped));
  // The place in the editor is said beside it; the message counts from the statement's beginning.
  const message = error.message.replace(/^line \d+:\d+: /, '');
  return { ...error, message, at: Math.min(at, text.length) };
}

/** The place in a statement that was sent with `skipped` characters (EXPLAIN) before it. */
function offsetAfter(
  text: string,
  place: { lineNumber: number; columnNumber: number },
  skipped: number,
): number {
  return offsetOf(' '.repeat(skipped) + text, place.lineNumber, place.columnNumber) - skipped;
}

function store(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    // Full or forbidden: it is not kept then.
  }
}

function useHistory(): [HistoryEntry[], (entry: HistoryEntry) => void, () => void] {
  const [history, setHistory] = useState(() => historyFrom(localStorage.getItem(historyKey)));
  const add = (entry: HistoryEntry) => {
    // Other tabs add as well.
    const all = withEntry(historyFrom(localStorage.getItem(historyKey)), entry);
    store(historyKey, JSON.stringify(all));
    setHistory(all);
  };
  const clear = () => {
    localStorage.removeItem(historyKey);
    setHistory([]);
  };
  return [history, add, clear];
}

/** Runs statements one after the other, and draws what comes now and then. */
function useRun(context: SqlSession, remember: (run: Run) => void) {
  const [run, setRun] = useState<Run>();
  const controller = useRef<AbortController>();
  useEffect(
    () => () => {
      controller.current?.abort();
      controller.current = undefined;
    },
    [],
  );

  const cancel = () => controller.current?.abort();

  const runOne = async (
    text: string,
    statement: Statement,
    prefix: string,
    signal: AbortSignal,
  ) => {
    const now = newRun(statement.text, prefix !== '');
    let drawnAt = 0;
    const draw = (isNeeded: boolean) => {
      // Of a run that another one has taken the place of nothing is shown any more.
      if (controller.current?.signal !== signal) return;
      if (!isNeeded && Date.now() - drawnAt < drawEveryMs) return;
      drawnAt = Date.now();
      setRun({ ...now });
    };
    draw(true);
    try {
      const outcome = await runSql(
        prefix + statement.text,
        context,
        {
          onColumns: (columns) => {
            now.columns = columns;
          },
          onRows: (rows) => {
            for (const row of rows.slice(0, rowsMax - now.rows.length)) now.rows.push(row);
            now.isCut = now.rows.length >= rowsMax;
            return !now.isCut;
          },
          onStats: (stats) => {
            now.stats = stats;
            draw(false);
          },
        },
        signal,
      );
      now.state = outcome.error === undefined ? 'done' : 'failed';
      if (outcome.error) now.fault = faultOf(outcome.error, text, statement, prefix.length);
      if (outcome.updateType !== undefined) {
        const count = outcome.updateCount;
        now.told = `${outcome.updateType}${count === undefined ? '' : `: ${countText(Number(count), 'row')}`}`;
      }
    } catch (error) {
      now.state = signal.aborted ? 'cancelled' : 'failed';
      if (!signal.aborted)
        now.fault = { message: (error as Error).message, errorName: '', at: undefined };
    }
    now.ms = Date.now() - now.startedAt;
    draw(true);
    // What the page's end cancels is not kept: somebody may have signed out.
    if (controller.current !== undefined) remember(now);
    return now.state === 'done';
  };

  const start = async (text: string, statements: Statement[], prefix = '') => {
    cancel();
    const mine = new AbortController();
    controller.current = mine;
    for (const statement of statements) {
      const goesOn = await runOne(text, statement, prefix, mine.signal);
      if (!goesOn) return;
    }
  };
  return { run, start, cancel };
}

/** Names for completion: tables of the catalog, and columns of the tables that the statement names. */
function useNames(catalog: string, schema: string, statement: string): Names {
  const quiet = () => new SqlSession(catalog);
  const tables = useData(`sql tables ${catalog}`, async (signal) => {
    if (catalog === '') return [];
    const query = 'SELECT table_schema, table_name FROM information_schema.tables ORDER BY 1, 2';
    const rows = await rowsOf(query, quiet(), signal);
    return rows.map(([s, t]) => ({ schema: String(s), table: String(t) }));
  });
  const known = tables.value ?? [];
  const wanted = mentionsOf(statement, schema)
    .filter((one) =>
      known.some((other) => other.schema === one.schema && other.table === one.table),
    )
    .map((one) => JSON.stringify([one.schema, one.table]));
  const key = [...new Set(wanted)].sort().join(' ');
  const columns = useData(`sql columns ${catalog} ${key}`, async (signal) => {
    if (key === '') return [];
    const text = (name: string) => `'${name.replaceAll("'", "''")}'`;
    const places = [...new Set(wanted)].map((one) => {
      const [s = '', t = ''] = JSON.parse(one) as string[];
      return `(table_schema = ${text(s)} AND table_name = ${text(t)})`;
    });
    const rows = await rowsOf(
      `SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns WHERE ${places.join(' OR ')} ORDER BY 1, 2, ordinal_position`,
      quiet(),
      signal,
    );
    return rows.map(([s, t, column, type]) => ({
      schema: String(s),
      table: String(t),
      column: String(column),
      type: String(type),
    }));
  });
  return { tables: known, columns: columns.value ?? [], schema };
}

function download(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

function Progress({ run, cancel }: { run: Run; cancel: () => void }) {
  const percent = run.stats?.progressPercentage;
  return (
    <div class="sql-progress">
      {percent !== undefined && (
        <Meter value={percent} max={100} label={`${Math.round(percent)} % done`} />
      )}
      <span class="quiet">
        {`${(run.stats?.state ?? 'SENT').toLowerCase()} · ${secondsText((run.stats?.elapsedTimeMillis ?? 0) / 1000)}`}
        {run.rows.length > 0 && ` · ${countText(run.rows.length, 'row')}`}
      </span>
      <button type="button" class="button small" onClick={cancel}>
        Cancel
      </button>
    </div>
  );
}

function FaultView({ fault, text, go }: { fault: Fault; text: string; go: (at: number) => void }) {
  const place = fault.at === undefined ? undefined : lineAndColumnOf(text, fault.at);
  return (
    <div class="failure" role="alert">
      <div>
        <p class="failure-title">{fault.errorName || 'This did not work'}</p>
        <p class="sql-message">{fault.message}</p>
        {place !== undefined && (
          <button type="button" class="button small" onClick={() => go(fault.at ?? 0)}>
            {`Line ${place.line}, column ${place.column}`}
          </button>
        )}
      </div>
    </div>
  );
}

function summaryOf(run: Run): string {
  const took = secondsText(run.ms / 1000);
  if (run.state === 'cancelled')
    return `Cancelled after ${took}, ${countText(run.rows.length, 'row')}`;
  if (run.told !== '' && run.columns?.length !== 1) return `${run.told}, ${took}`;
  const cut = run.isCut ? `the first ${numberText(rowsMax)} rows are kept` : '';
  return `${cut || countText(run.rows.length, 'row')}, ${took}`;
}

/** All rows of the query, which runs once more for it: the server writes the file as they come. */
function ParquetButton({ save }: { save: () => Promise<Blob> }) {
  const [stage, setStage] = useState<'ready' | 'saving'>('ready');
  const [error, setError] = useState('');
  const act = async () => {
    setStage('saving');
    setError('');
    try {
      download('result.parquet', await save());
    } catch (failure) {
      setError((failure as Error).message);
    }
    setStage('ready');
  };
  return (
    <>
      <button
        type="button"
        class="button small"
        title="Runs the query again, and saves all of its rows"
        disabled={stage === 'saving'}
        onClick={act}
      >
        {stage === 'saving' ? 'Saving…' : 'Parquet'}
      </button>
      {error !== '' && (
        <span class="error-cell" role="alert">
          {error}
        </span>
      )}
    </>
  );
}

function PlanView({ run }: { run: Run }) {
  const text = run.rows.map((row) => String(row.at(-1))).join('\n');
  const plan = planOf(text);
  return plan === undefined ? <Snippet text={text} label="plan" /> : <PlanTree plan={plan} />;
}

function ResultView({
  run,
  cancel,
  saveParquet,
}: {
  run: Run;
  cancel: () => void;
  saveParquet: (statement: string) => Promise<Blob>;
}) {
  const [way, setWay] = useState<'rows' | 'chart'>('rows');
  const columns = run.columns;
  const isPlan = run.isPlan || (columns?.length === 1 && columns[0]?.name === 'Query Plan');
  return (
    <Card
      title="Result"
      actions={
        run.state === 'running' ? (
          <Progress run={run} cancel={cancel} />
        ) : (
          <>
            <span class="quiet" role="status">
              {run.fault === undefined ? summaryOf(run) : ''}
            </span>
            {columns !== undefined && !isPlan && run.rows.length > 0 && (
              <>
                <button
                  type="button"
                  class="button small"
                  onClick={() => setWay(way === 'rows' ? 'chart' : 'rows')}
                >
                  {way === 'rows' ? 'Chart' : 'Rows'}
                </button>
                <button
                  type="button"
                  class="button small"
                  onClick={() =>
                    download(
                      'result.csv',
                      new Blob([csvOf(columns, run.rows)], { type: 'text/csv;charset=utf-8' }),
                    )
                  }
                >
                  CSV
                </button>
                <ParquetButton key={run.startedAt} save={() => saveParquet(run.statement)} />
              </>
            )}
          </>
        )
      }
    >
      {columns !== undefined && isPlan && run.rows.length > 0 && <PlanView run={run} />}
      {columns !== undefined && !isPlan && columns.length > 0 && way === 'rows' && (
        <ResultGrid columns={columns} rows={run.rows} />
      )}
      {columns !== undefined && !isPlan && way === 'chart' && (
        <ResultChart
          key={columns.map((one) => one.name).join(' ')}
          columns={columns}
          rows={run.rows}
        />
      )}
    </Card>
  );
}

function HistoryView({
  history,
  take,
  clear,
}: {
  history: HistoryEntry[];
  take: (entry: HistoryEntry) => void;
  clear: () => void;
}) {
  if (history.length === 0) return null;
  return (
    <Card
      title="History"
      actions={
        <button type="button" class="button small" onClick={clear}>
          Clear
        </button>
      }
    >
      <ol class="sql-history">
        {history.map((entry) => (
          <li key={`${entry.dialect} ${entry.text}`}>
            <button type="button" title="Into the editor" onClick={() => take(entry)}>
              <code>{entry.text.slice(0, 300)}</code>
            </button>
            <span class="quiet nowrap">
              {entry.outcome === 'done' ? countText(entry.rows, 'row') : entry.outcome} ·{' '}
              {secondsText(entry.ms / 1000)} · <Time at={entry.at} />
            </span>
          </li>
        ))}
      </ol>
      <p class="small-print">In this browser only.</p>
    </Card>
  );
}

function Bench({ catalogs }: { catalogs: string[] }) {
  const area = useRef<HTMLTextAreaElement>(null);
  const context = useMemo(() => new SqlSession(catalogs[0] ?? ''), []);
  const [text, setText] = useState(() => localStorage.getItem(draftKey) ?? '');
  const [dialect, setDialect] = useState<Dialect>(() =>
    localStorage.getItem(dialectKey) === 'duckdb' ? 'duckdb' : 'trino',
  );
  const [at, setAt] = useState(0);
  const [place, setPlace] = useState({ catalog: context.catalog, schema: context.schema });
  const [history, addHistory, clearHistory] = useHistory();
  const { run, start, cancel } = useRun(context, (done) => {
    setPlace({ catalog: context.catalog, schema: context.schema });
    if (done.state === 'running') return;
    addHistory({
      text: done.statement,
      dialect,
      at: done.startedAt,
      outcome: done.state,
      rows: done.rows.length,
      ms: done.ms,
    });
  });
  const names = useNames(place.catalog, place.schema, statementAt(text, at)?.text ?? '');
  const schemas = [...new Set(names.tables.map((one) => one.schema))];

  const change = (next: string) => {
    setText(next);
    setAt(area.current?.selectionStart ?? 0);
    store(draftKey, next);
  };
  const launch = (prefix = '') => {
    const element = area.current;
    if (element === null) return;
    const { selectionStart: from, selectionEnd: to } = element;
    const chosen = statementsOf(text.slice(from, to)).map((one) => ({
      ...one,
      from: one.from + from,
    }));
    const one = statementAt(text, from);
    const statements = from < to ? chosen : one ? [one] : [];
    context.properties.set('dialect', dialect);
    if (statements.length > 0) void start(text, statements, prefix);
  };
  const go = (to: number) => {
    area.current?.focus();
    area.current?.setSelectionRange(to, to);
  };
  const saveParquet = (statement: string) =>
    postForFile('/api/v1/sql/export', { statement, dialect, ...place });
  const isRunning = run?.state === 'running';
  return (
    <>
      <section class="card sql-bench" aria-label="Editor">
        <div class="sql-bar">
          <button
            type="button"
            class="button primary"
            disabled={text.trim() === ''}
            onClick={() => launch()}
          >
            Run
          </button>
          <button
            type="button"
            class="button"
            disabled={text.trim() === ''}
            onClick={() => launch('EXPLAIN (FORMAT JSON) ')}
          >
            Explain
          </button>
          <button
            type="button"
            class="button"
            title="Runs the statement, and shows how long each step took"
            disabled={text.trim() === ''}
            onClick={() =>
              launch(
                dialect === 'trino'
                  ? 'EXPLAIN ANALYZE (FORMAT JSON) '
                  : 'EXPLAIN (ANALYZE, FORMAT JSON) ',
              )
            }
          >
            Analyze
          </button>
          <Select<Dialect>
            label="Dialect"
            value={dialect}
            choices={[
              { value: 'trino', label: 'Trino' },
              { value: 'duckdb', label: 'DuckDB' },
            ]}
            onChange={(chosen) => {
              setDialect(chosen);
              store(dialectKey, chosen);
            }}
          />
          {catalogs.length > 1 && (
            <Select
              label="Catalog"
              value={place.catalog}
              choices={catalogs.map((one) => ({ value: one, label: one }))}
              onChange={(chosen) => {
                context.catalog = chosen;
                context.schema = '';
                setPlace({ catalog: chosen, schema: '' });
              }}
            />
          )}
          <Select
            label="Schema"
            value={place.schema}
            choices={['', ...new Set([...schemas, place.schema].filter(Boolean))].map((one) => ({
              value: one,
              label: one === '' ? 'none' : one,
            }))}
            onChange={(chosen) => {
              context.schema = chosen;
              setPlace({ ...place, schema: chosen });
            }}
          />
        </div>
        <SqlEditor
          area={area}
          text={text}
          onText={change}
          names={names}
          faultAt={isRunning ? undefined : run?.fault?.at}
          onRun={() => launch()}
          onCancel={cancel}
        />
        <p class="small-print">
          <kbd>Ctrl</kbd> <kbd>Enter</kbd> runs the selection, or the statement at the cursor;{' '}
          <kbd>Esc</kbd> cancels; <kbd>Ctrl</kbd> <kbd>Space</kbd> or <kbd>Tab</kbd> completes a
          name.
        </p>
      </section>
      {run?.fault !== undefined && <FaultView fault={run.fault} text={text} go={go} />}
      {run !== undefined && run.fault === undefined && (
        <ResultView run={run} cancel={cancel} saveParquet={saveParquet} />
      )}
      <HistoryView
        history={history}
        clear={clearHistory}
        take={(entry) => {
          change(entry.text);
          setDialect(entry.dialect === 'duckdb' ? 'duckdb' : 'trino');
          area.current?.focus();
        }}
      />
    </>
  );
}

export function SqlPage() {
  const server = useData('warehouses', (signal) => api.warehouses(signal));
  const names = server.value?.warehouses.map((one) => one.name);
  return (
    <>
      <PageHead icon="sql" title="SQL" />
      {names !== undefined && <Bench catalogs={names} />}
    </>
  );
}
