import { getJson } from './http';
import type {
  DroppedTable,
  FilePage,
  FileSummary,
  Hit,
  Ident,
  LoadedTable,
  LoadedView,
  Overview,
  PartitionPage,
  SnapshotPage,
  Stats,
  TablePage,
  Warehouses,
} from './types';

/** Where something is: the warehouse, the levels of the namespace, the table's or view's own name. */
export interface Place {
  warehouse: string;
  namespace: string[];
  name: string;
}

type Query = Record<string, string | number | null | undefined>;

function withQuery(path: string, query: Query): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) {
    if (value !== null && value !== undefined && value !== '') parameters.set(key, String(value));
  }
  // A plus would be a space to some, and a plus to others.
  const text = parameters.toString().replaceAll('+', '%20');
  return text === '' ? path : `${path}?${text}`;
}

/** The levels of a namespace in a path or query, as the REST specification joins them. */
function levels(namespace: string[]): string {
  return namespace.join('\x1f');
}

function catalogPath(warehouse: string): string {
  return `/catalog/v1/${encodeURIComponent(warehouse)}`;
}

function browsePath(warehouse: string): string {
  return `/api/v1/warehouses/${encodeURIComponent(warehouse)}`;
}

function namespacePath(root: string, namespace: string[]): string {
  return `${root}/namespaces/${encodeURIComponent(levels(namespace))}`;
}

function browseTable(place: Place): string {
  const namespace = namespacePath(browsePath(place.warehouse), place.namespace);
  return `${namespace}/tables/${encodeURIComponent(place.name)}`;
}

export interface Page<T> {
  items: T[];
  next: string | undefined;
}

/** How many children of a namespace are fetched at once. */
const childrenPerPage = 500;

async function children<T>(
  path: string,
  query: Query,
  member: string,
  token: string,
  signal?: AbortSignal,
): Promise<Page<T>> {
  const page = { pageSize: childrenPerPage, ...query };
  const answer = await getJson<Record<string, unknown>>(
    `${withQuery(path, page)}&pageToken=${encodeURIComponent(token)}`,
    signal,
  );
  const next = answer['next-page-token'];
  return {
    items: (answer[member] ?? []) as T[],
    next: typeof next === 'string' ? next : undefined,
  };
}

export const api = {
  warehouses: (signal?: AbortSignal) => getJson<Warehouses>('/api/v1/warehouses', signal),
  stats: (seconds: number, signal?: AbortSignal) =>
    getJson<Stats>(withQuery('/api/v1/stats', { seconds }), signal),
  overview: (warehouse: string, signal?: AbortSignal) =>
    getJson<Overview>(`${browsePath(warehouse)}/overview`, signal),
  search: (warehouse: string, q: string, signal?: AbortSignal) =>
    getJson<{ hits: Hit[] }>(withQuery(`${browsePath(warehouse)}/search`, { q }), signal),

  namespaces: (warehouse: string, parent: string[], token = '', signal?: AbortSignal) =>
    children<string[]>(
      `${catalogPath(warehouse)}/namespaces`,
      { parent: levels(parent) },
      'namespaces',
      token,
      signal,
    ),
  tableNames: (warehouse: string, namespace: string[], token = '', signal?: AbortSignal) =>
    children<Ident>(
      `${namespacePath(catalogPath(warehouse), namespace)}/tables`,
      {},
      'identifiers',
      token,
      signal,
    ),
  viewNames: (warehouse: string, namespace: string[], token = '', signal?: AbortSignal) =>
    children<Ident>(
      `${namespacePath(catalogPath(warehouse), namespace)}/views`,
      {},
      'identifiers',
      token,
      signal,
    ),
  namespaceProperties: async (warehouse: string, namespace: string[], signal?: AbortSignal) => {
    const path = namespacePath(catalogPath(warehouse), namespace);
    const answer = await getJson<{ properties?: Record<string, string> }>(path, signal);
    return answer.properties ?? {};
  },
  tables: (warehouse: string, namespace: string[], token: string, signal?: AbortSignal) =>
    getJson<TablePage>(
      withQuery(`${namespacePath(browsePath(warehouse), namespace)}/tables`, {
        page_size: 50,
        page_token: token,
      }),
      signal,
    ),
  droppedTables: (warehouse: string, namespace: string[], signal?: AbortSignal) =>
    getJson<{ tables: DroppedTable[]; total: number }>(
      `${namespacePath(browsePath(warehouse), namespace)}/dropped`,
      signal,
    ),

  table: (place: Place, signal?: AbortSignal) =>
    getJson<LoadedTable>(
      `${namespacePath(catalogPath(place.warehouse), place.namespace)}/tables/${encodeURIComponent(place.name)}?snapshots=refs`,
      signal,
    ),
  view: (place: Place, signal?: AbortSignal) =>
    getJson<LoadedView>(
      `${namespacePath(catalogPath(place.warehouse), place.namespace)}/views/${encodeURIComponent(place.name)}`,
      signal,
    ),
  snapshots: (place: Place, token: string, signal?: AbortSignal) =>
    getJson<SnapshotPage>(
      withQuery(`${browseTable(place)}/snapshots`, { page_size: 100, page_token: token }),
      signal,
    ),
  fileSummary: (place: Place, snapshot: string, signal?: AbortSignal) =>
    getJson<FileSummary>(withQuery(`${browseTable(place)}/files/summary`, { snapshot }), signal),
  files: (place: Place, query: Query, signal?: AbortSignal) =>
    getJson<FilePage>(
      withQuery(`${browseTable(place)}/files`, { page_size: 100, ...query }),
      signal,
    ),
  partitions: (place: Place, query: Query, signal?: AbortSignal) =>
    getJson<PartitionPage>(
      withQuery(`${browseTable(place)}/partitions`, { page_size: 100, ...query }),
      signal,
    ),
};
