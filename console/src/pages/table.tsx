import { useRef } from 'preact/hooks';
import { api } from '../api/catalog';
import type { LoadedTable } from '../api/types';
import { namespaceText, type Route, type TableTab, tableTabs } from '../model/route';
import { useData } from '../ui/data';
import { Card, Failure, PageHead, Skeleton, Time } from '../ui/parts';
import { hrefOf, navigate } from '../ui/router';
import { Properties } from '../ui/table';
import { Connect } from './connect';
import { DataTab } from './table/data';
import { Files } from './table/files';
import { Metadata } from './table/metadata';
import { Overview } from './table/overview';
import { Partitions } from './table/partitions';
import { Snapshots } from './table/snapshots';

export type TableRoute = Extract<Route, { page: 'table' }>;

const tabNames: Record<TableTab, string> = {
  overview: 'Overview',
  data: 'Data',
  snapshots: 'Snapshots',
  files: 'Files',
  partitions: 'Partitions',
  properties: 'Properties',
  metadata: 'Metadata',
  connect: 'Connect',
};

function Tabs({ route }: { route: TableRoute }) {
  const list = useRef<HTMLDivElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
    if (step === 0) return;
    event.preventDefault();
    const at = (tableTabs.indexOf(route.tab) + step + tableTabs.length) % tableTabs.length;
    const tab = tableTabs[at] ?? 'overview';
    navigate({ ...route, tab }, {}, true);
    list.current?.querySelectorAll('a')[at]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label="About this table" ref={list} onKeyDown={onKeyDown}>
      {tableTabs.map((tab) => (
        <a
          key={tab}
          id={`tab-${tab}`}
          role="tab"
          aria-selected={tab === route.tab}
          aria-controls="tab-panel"
          tabIndex={tab === route.tab ? 0 : -1}
          href={hrefOf({ ...route, tab })}
          onClick={(event) => {
            if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
            event.preventDefault();
            navigate({ ...route, tab });
          }}
        >
          {tabNames[tab]}
        </a>
      ))}
    </div>
  );
}

function Panel({
  route,
  table,
  authenticates,
  reload,
}: {
  route: TableRoute;
  table: LoadedTable;
  authenticates: boolean;
  reload: () => void;
}) {
  switch (route.tab) {
    case 'overview':
      return <Overview table={table} />;
    case 'data':
      return <DataTab route={route} table={table} />;
    case 'snapshots':
      return <Snapshots route={route} table={table} reload={reload} />;
    case 'files':
      return <Files route={route} table={table} />;
    case 'partitions':
      return <Partitions route={route} table={table} />;
    case 'properties':
      return (
        <Card title="Properties">
          <Properties values={table.metadata.properties ?? {}} what="table" />
        </Card>
      );
    case 'metadata':
      return <Metadata table={table} />;
    case 'connect':
      return (
        <Card title="Connect">
          <Connect
            target={{
              warehouse: route.warehouse,
              namespace: route.namespace,
              name: route.name,
              authenticates,
            }}
          />
        </Card>
      );
  }
}

export function TablePage({ route, authenticates }: { route: TableRoute; authenticates: boolean }) {
  const key = `table ${JSON.stringify([route.warehouse, route.namespace, route.name])}`;
  const table = useData(key, (signal) => api.table(route, signal), 10_000);
  return (
    <>
      <PageHead icon="table" title={route.name}>
        in {namespaceText(route.namespace)}
        {table.value && (
          <>
            {' '}
            · format {table.value.metadata['format-version']} · changed{' '}
            <Time at={table.value.metadata['last-updated-ms']} />
          </>
        )}
      </PageHead>
      {table.value === undefined && table.error ? (
        <Failure error={table.error} retry={table.reload} />
      ) : (
        <>
          <Tabs route={route} />
          <div id="tab-panel" role="tabpanel" aria-labelledby={`tab-${route.tab}`} class="panel">
            {table.value ? (
              <Panel
                key={`${key} ${route.tab}`}
                route={route}
                table={table.value}
                authenticates={authenticates}
                reload={table.reload}
              />
            ) : (
              <Skeleton lines={8} />
            )}
          </div>
        </>
      )}
    </>
  );
}
