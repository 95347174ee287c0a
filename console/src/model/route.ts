/** Addresses of the console's pages, below /ui/. */

export const base = '/ui/';

export const tableTabs = [
  'overview',
  'data',
  'snapshots',
  'files',
  'partitions',
  'properties',
  'metadata',
  'connect',
] as const;
export type TableTab = (typeof tableTabs)[number];

export type Route =
  | { page: 'home' }
  | { page: 'warehouse'; warehouse: string }
  | { page: 'namespace'; warehouse: string; namespace: string[] }
  | { page: 'table'; warehouse: string; namespace: string[]; name: string; tab: TableTab }
  | { page: 'view'; warehouse: string; namespace: string[]; name: string }
  | { page: 'jobs' }
  | { page: 'job'; id: string }
  | { page: 'sql' }
  | { page: 'schedules' }
  | { page: 'schedule'; name: string }
  | { page: 'load' }
  | { page: 'unknown'; path: string };

const plainPages = ['jobs', 'sql', 'schedules', 'load'] as const;

/**
 * Names of any characters as one segment of a path. Dots part the levels of a namespace, so those inside of a level
 * get a tilde before them; so no segment is "." or "..", which browsers take away.
 */
export function segmentOf(levels: string[]): string {
  return levels
    .map((level) => encodeURIComponent(level.replace(/[~.]/g, '~$&').toWellFormed()))
    .join('.');
}

export function levelsOf(segment: string): string[] {
  const levels: string[] = [];
  let level = '';
  const text = decodeURIComponent(segment);
  for (let i = 0; i < text.length; i += 1) {
    if (text[i] === '~' && i + 1 < text.length) {
      i += 1;
      level += text[i];
    } else if (text[i] === '.') {
      levels.push(level);
      level = '';
    } else {
      level += text[i];
    }
  }
  levels.push(level);
  return levels;
}

export function pathOf(route: Route): string {
  switch (route.page) {
    case 'home':
      return base;
    case 'unknown':
      return route.path;
    case 'jobs':
    case 'sql':
    case 'schedules':
    case 'load':
      return base + route.page;
    case 'job':
      return `${base}jobs/${segmentOf([route.id])}`;
    case 'schedule':
      return `${base}schedules/${segmentOf([route.name])}`;
    case 'warehouse':
      return `${base}catalog/${segmentOf([route.warehouse])}`;
    case 'namespace':
      return `${base}catalog/${segmentOf([route.warehouse])}/${segmentOf(route.namespace)}`;
    case 'view':
      return `${base}catalog/${segmentOf([route.warehouse])}/${segmentOf(route.namespace)}/views/${segmentOf([route.name])}`;
    case 'table': {
      const place = `${base}catalog/${segmentOf([route.warehouse])}/${segmentOf(route.namespace)}`;
      const tab = route.tab === 'overview' ? '' : `/${route.tab}`;
      return `${place}/tables/${segmentOf([route.name])}${tab}`;
    }
  }
}

function isTab(text: string): text is TableTab {
  return (tableTabs as readonly string[]).includes(text);
}

/** Pages that are not of the catalog. */
function workRouteOf(segments: string[]): Route | undefined {
  const [page, name, ...more] = segments;
  if (name === undefined) {
    const plain = plainPages.find((one) => one === page);
    return plain && { page: plain };
  }
  if (name === '' || more.length > 0) return undefined;
  if (page === 'jobs') return { page: 'job', id: levelsOf(name).join('.') };
  if (page === 'schedules') return { page: 'schedule', name: levelsOf(name).join('.') };
  return undefined;
}

export function routeOf(path: string): Route {
  const unknown: Route = { page: 'unknown', path };
  if (path === base || `${path}/` === base) return { page: 'home' };
  if (!path.startsWith(base)) return unknown;
  const segments = path.slice(base.length).replace(/\/$/, '').split('/');
  try {
    if (segments[0] !== 'catalog' || segments.length < 2) return workRouteOf(segments) ?? unknown;
    const [, first = '', second, kind, third, tab = 'overview', ...more] = segments;
    const warehouse = levelsOf(first).join('.');
    if (more.length > 0 || warehouse === '') return unknown;
    if (second === undefined) return { page: 'warehouse', warehouse };
    const namespace = levelsOf(second);
    if (kind === undefined) return { page: 'namespace', warehouse, namespace };
    if (third === undefined || third === '') return unknown;
    const name = levelsOf(third).join('.');
    if (kind === 'tables' && isTab(tab)) return { page: 'table', warehouse, namespace, name, tab };
    if (kind === 'views' && segments.length === 5)
      return { page: 'view', warehouse, namespace, name };
  } catch {
    // A broken escape.
  }
  return unknown;
}

/** "a.b" as people write it; a level with a dot is in quotes. */
export function namespaceText(namespace: string[]): string {
  return namespace
    .map((level) => (/[."]/.test(level) ? `"${level.replaceAll('"', '""')}"` : level))
    .join('.');
}
