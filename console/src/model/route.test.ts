import { describe, expect, test } from 'vitest';
import { levelsOf, namespaceText, pathOf, type Route, routeOf, segmentOf } from './route';

const names = [
  'a',
  'a.b',
  '~',
  '~.',
  '.',
  '..',
  'a/b',
  'a b',
  'ü',
  '%2F',
  'a+b',
  '?#',
  '\x1f',
  '"',
  "it's",
];

describe('a segment', () => {
  test.each(names)('holds the name %j', (name) => {
    for (const levels of [[name], [name, 'x'], ['x', name, name]]) {
      const segment = segmentOf(levels);
      expect(levelsOf(segment)).toEqual(levels);
      // As browsers do: dots alone would be resolved away.
      expect(new URL(`http://h/ui/${segment}/t`).pathname).toBe(`/ui/${segment}/t`);
    }
  });
});

describe('a route survives its address', () => {
  const routes: Route[] = [
    { page: 'home' },
    { page: 'warehouse', warehouse: 'a.b' },
    { page: 'namespace', warehouse: 'iceberg', namespace: ['a', 'b.c'] },
    ...names.map(
      (name): Route => ({
        page: 'table',
        warehouse: 'w',
        namespace: [name],
        name,
        tab: 'overview',
      }),
    ),
    { page: 'table', warehouse: 'w', namespace: ['n'], name: 't', tab: 'files' },
    { page: 'view', warehouse: 'w', namespace: ['n'], name: 'v' },
    { page: 'jobs' },
    { page: 'job', id: '01K9ZQ6F4E8T3W5R7Y9B1D3F5H' },
    { page: 'sql' },
    { page: 'load' },
    { page: 'schedules' },
    ...names.map((name): Route => ({ page: 'schedule', name })),
  ];
  test.each(routes)('$page $name', (route) => {
    expect(routeOf(pathOf(route))).toEqual(route);
    expect(routeOf(`${pathOf(route)}/`.replace(/\/\/$/, '/'))).toEqual(route);
  });
});

test.each([
  '/ui/nothing',
  '/ui/catalog/',
  '/ui/catalog',
  '/ui/jobs/a/b',
  '/ui/sql/x',
  '/ui/catalog/w/n/tables',
  '/ui/catalog/w/n/tables/t/wrong',
  '/ui/catalog/%zz',
  '/ui/catalog/w/n/views/v/x',
  '/other',
])('%s is no page', (path) => {
  expect(routeOf(path)).toEqual({ page: 'unknown', path });
});

test('namespaceText quotes what would be misread', () => {
  expect(namespaceText(['a', 'b.c', 'd"e'])).toBe('a."b.c"."d""e"');
});
