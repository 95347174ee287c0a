/** Statements by Trino's protocol: sent, followed from answer to answer, cancelled. */
import type { ResultColumn, ResultRow } from '../model/result';
import { send } from './http';
import { parseJson } from './json';
import { session } from './session';

export interface SqlError {
  message: string;
  errorName: string;
  errorLocation?: { lineNumber: number; columnNumber: number };
}

export interface SqlStats {
  state: string;
  elapsedTimeMillis: number;
  processedRows: number;
  progressPercentage?: number;
}

interface SqlAnswer {
  id: string;
  nextUri?: string;
  columns?: ResultColumn[];
  data?: ResultRow[];
  stats: SqlStats;
  error?: SqlError;
  updateType?: string;
  updateCount?: number | string;
}

/** What a statement tells while it runs. */
export interface SqlListener {
  onColumns: (columns: ResultColumn[]) => void;
  /** False: no more are wanted. */
  onRows: (rows: ResultRow[]) => boolean;
  onStats: (stats: SqlStats) => void;
}

export interface SqlOutcome {
  error: SqlError | undefined;
  updateType: string | undefined;
  updateCount: number | string | undefined;
}

/** What statements leave for those after them, as the protocol's clients keep it. */
export class SqlSession {
  catalog: string;
  schema = '';
  readonly properties = new Map<string, string>();
  readonly prepared = new Map<string, string>();
  transaction = 'NONE';

  constructor(catalog: string) {
    this.catalog = catalog;
  }

  headers(): Record<string, string> {
    const headers: Record<string, string> = {
      'X-Trino-Source': 'tarn-console',
      'X-Trino-Transaction-Id': this.transaction,
      'X-Trino-Catalog': this.catalog,
    };
    // Those who signed in are named by their token.
    if (session() === undefined) headers['X-Trino-User'] = 'console';
    if (this.schema !== '') headers['X-Trino-Schema'] = encodeURIComponent(this.schema);
    const pairs = (values: Map<string, string>) =>
      [...values].map(([name, value]) => `${name}=${encodeURIComponent(value)}`).join(',');
    if (this.properties.size > 0) headers['X-Trino-Session'] = pairs(this.properties);
    if (this.prepared.size > 0) headers['X-Trino-Prepared-Statement'] = pairs(this.prepared);
    return headers;
  }

  take(headers: Headers): void {
    const told = (name: string) => headers.get(`X-Trino-${name}`) ?? '';
    const pairs = (name: string, into: Map<string, string>) => {
      for (const pair of told(name).split(',').filter(Boolean)) {
        const [key = '', value = ''] = pair.split('=', 2);
        into.set(decodeURIComponent(key.trim()), decodeURIComponent(value.trim()));
      }
    };
    if (told('Set-Catalog') !== '') this.catalog = decodeURIComponent(told('Set-Catalog'));
    if (told('Set-Schema') !== '') this.schema = decodeURIComponent(told('Set-Schema'));
    pairs('Set-Session', this.properties);
    pairs('Added-Prepare', this.prepared);
    if (told('Clear-Session') !== '') this.properties.delete(told('Clear-Session'));
    if (told('Deallocated-Prepare') !== '')
      this.prepared.delete(decodeURIComponent(told('Deallocated-Prepare')));
    if (told('Started-Transaction-Id') !== '') this.transaction = told('Started-Transaction-Id');
    if (told('Clear-Transaction-Id') !== '') this.transaction = 'NONE';
  }
}

/** Of its address the path alone: the server is asked where the page came from. */
function pathOf(uri: string): string {
  const { pathname, search } = new URL(uri, location.origin);
  return pathname + search;
}

/** Runs a statement to its end, or until `signal` or the listener ends it. Errors: ApiError; an abort. */
export async function runSql(
  text: string,
  context: SqlSession,
  listener: SqlListener,
  signal: AbortSignal,
): Promise<SqlOutcome> {
  let next: string | undefined;
  const cancel = () => {
    if (next !== undefined) void send(next, { method: 'DELETE' }).catch(() => undefined);
    next = undefined;
  };
  const ask = async (path: string, init: RequestInit): Promise<SqlAnswer> => {
    const response = await send(path, { ...init, signal });
    context.take(response.headers);
    return parseJson(await response.text()) as SqlAnswer;
  };
  let hasColumns = false;
  try {
    let answer = await ask('/v1/statement', {
      method: 'POST',
      headers: { ...context.headers(), 'Content-Type': 'text/plain; charset=utf-8' },
      body: text,
    });
    for (;;) {
      next = answer.nextUri === undefined ? undefined : pathOf(answer.nextUri);
      listener.onStats(answer.stats);
      if (answer.columns !== undefined && !hasColumns) {
        hasColumns = true;
        listener.onColumns(answer.columns);
      }
      const goesOn = answer.data === undefined || listener.onRows(answer.data);
      if (!goesOn) cancel();
      if (next === undefined) {
        const { error, updateType, updateCount } = answer;
        return { error, updateType, updateCount };
      }
      answer = await ask(next, {});
    }
  } catch (error) {
    cancel();
    throw error;
  }
}

const keptRowsMax = 20_000;

/** Columns and rows of a small query. Errors: Error with the server's words. */
export async function queryOf(
  text: string,
  context: SqlSession,
  signal: AbortSignal,
): Promise<{ columns: ResultColumn[]; rows: ResultRow[] }> {
  const answer: { columns: ResultColumn[]; rows: ResultRow[] } = { columns: [], rows: [] };
  const listener: SqlListener = {
    onColumns: (columns) => {
      answer.columns = columns;
    },
    onStats: () => undefined,
    onRows: (more) => answer.rows.push(...more) < keptRowsMax,
  };
  const { error } = await runSql(text, context, listener, signal);
  if (error !== undefined) throw new Error(error.message);
  return answer;
}

/** The rows of a small query. */
export async function rowsOf(
  text: string,
  context: SqlSession,
  signal: AbortSignal,
): Promise<ResultRow[]> {
  return (await queryOf(text, context, signal)).rows;
}

/** A query as the server's list of them shows it. */
export interface RunningQuery {
  queryId: string;
  state: string;
  query: string;
  session: { user: string; source: string };
  queryStats: { elapsedTimeMillis: number; processedInputPositions: number };
}

function userHeaders(): Record<string, string> {
  return session() === undefined ? { 'X-Trino-User': 'console' } : {};
}

export const queriesApi = {
  /** Those that have not ended, the oldest first. Who is no administrator sees their own. */
  running: async (signal?: AbortSignal): Promise<RunningQuery[]> => {
    const response = await send('/v1/query', {
      headers: userHeaders(),
      ...(signal ? { signal } : {}),
    });
    const all = parseJson(await response.text()) as RunningQuery[];
    return all.filter((one) => !['FINISHED', 'FAILED'].includes(one.state));
  },
  cancel: async (id: string) => {
    await send(`/v1/query/${encodeURIComponent(id)}`, { method: 'DELETE', headers: userHeaders() });
  },
};
