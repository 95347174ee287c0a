/** Loads as people fill them in, and as the data service takes them. */

export const ways = ['upload', 'file', 'store', 'postgres', 'mysql', 'odbc', 'web', 'api'] as const;
export type Way = (typeof ways)[number];

export const wayNames: Record<Way, string> = {
  upload: 'A file from here',
  file: 'Path or URL',
  store: 'S3, Azure, GCS',
  postgres: 'PostgreSQL',
  mysql: 'MySQL',
  odbc: 'ODBC',
  web: 'Web page',
  api: 'Web API',
};

export const callOf: Record<Way, string> = {
  upload: '/load/file',
  file: '/load/file',
  store: '/load/s3',
  postgres: '/load/postgres',
  mysql: '/load/mysql',
  odbc: '/load/odbc',
  web: '/scrape',
  api: '/scrape-api',
};

/** The type of stored connections that a way takes; unset: none. */
export const connectionTypeOf: Partial<Record<Way, string>> = {
  store: 's3',
  postgres: 'postgres',
  mysql: 'mysql',
  odbc: 'odbc',
};

export interface PreviewColumn {
  name: string;
  type: string;
  required: boolean;
}

/** A column of the source, as it shall be in the table. */
export interface ColumnEdit {
  source: string;
  sourceType: string;
  isTaken: boolean;
  name: string;
  type: string;
  comment: string;
}

export function editsOf(columns: PreviewColumn[]): ColumnEdit[] {
  return columns.map(({ name, type }) => ({
    source: name,
    sourceType: type,
    isTaken: true,
    name,
    type,
    comment: '',
  }));
}

export interface ChosenColumn {
  name: string;
  source: string;
  type?: string;
  comment?: string;
}

/** What a request says of columns; undefined while they are as the source has them. */
export function chosenColumns(edits: ColumnEdit[]): ChosenColumn[] | undefined {
  const isEdited = edits.some(
    (one) =>
      !one.isTaken ||
      one.name.trim() !== one.source ||
      one.type !== one.sourceType ||
      one.comment.trim() !== '',
  );
  if (!isEdited) return undefined;
  return edits
    .filter((one) => one.isTaken)
    .map((one) => ({
      name: one.name.trim() || one.source,
      source: one.source,
      ...(one.type === one.sourceType ? {} : { type: one.type }),
      ...(one.comment.trim() === '' ? {} : { comment: one.comment.trim() }),
    }));
}

export const columnTypes = [
  'boolean',
  'int',
  'long',
  'float',
  'double',
  'decimal(18,2)',
  'decimal(38,9)',
  'date',
  'time',
  'timestamp',
  'timestamptz',
  'string',
  'binary',
];

/** Parts at commas that are not within parentheses: "day(ts), bucket(id, 16)". */
export function termsOf(text: string): string[] {
  const terms: string[] = [];
  let term = '';
  let depth = 0;
  for (const letter of text) {
    if (letter === '(') depth += 1;
    if (letter === ')') depth -= 1;
    if (letter === ',' && depth === 0) {
      terms.push(term);
      term = '';
    } else term += letter;
  }
  terms.push(term);
  return terms.map((one) => one.trim()).filter(Boolean);
}

/** "delimiter=; header=false" */
export function optionsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    text
      .split(/\s+/)
      .filter((pair) => pair.includes('='))
      .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );
}

const secrets = new Set([
  'password',
  'secret_key',
  'access_key',
  'session_token',
  'account_key',
  'sas_token',
  'gcs_token',
  'token',
]);
const numbers = new Set(['port', 'total_pages', 'interval_ms']);
const flags = new Set(['render', 'path_style', 'register']);

/** The request of what was filled in, by the names of the form's fields. */
export function requestOf(way: Way, values: Iterable<[string, unknown]>): Record<string, unknown> {
  const request: Record<string, unknown> = {};
  let start = '';
  for (const [name, given] of values) {
    if (typeof given !== 'string' || given === '' || name === 'way') continue;
    // A password is taken as it is.
    const value = secrets.has(name) ? given : given.trim();
    if (name === 'path') {
      if (way === 'store') request.s3_path = value;
      else request[/^https?:/i.test(value) ? 'url' : 'file_path'] = value;
    } else if (numbers.has(name)) request[name] = Number(value);
    else if (flags.has(name)) request[name] = true;
    else if (name === 'lineage') request.lineage = value === 'yes';
    else if (name === 'partition_by' || name === 'keys') request[name] = termsOf(value);
    else if (name === 'options') request.options = optionsOf(value);
    else if (name === 'params') request.params = Object.fromEntries(new URLSearchParams(value));
    else if (name === 'token') request.auth = { type: 'bearer', token: value };
    else if (name === 'cursor') request.cursor = { column: value };
    else if (name === 'cursor_start') start = value;
    else request[name] = value;
  }
  if (start !== '' && request.cursor !== undefined)
    request.cursor = { ...(request.cursor as object), start };
  return request;
}
