import { api } from '../api/catalog';
import type { TableRow } from '../api/types';
import { bytesText, countText, numberText } from '../model/format';
import { namespaceText } from '../model/route';
import { useData, usePages } from '../ui/data';
import { Icon } from '../ui/icons';
import { Card, Empty, ExactTime, Failure, PageHead, Skeleton, Time } from '../ui/parts';
import { Link } from '../ui/router';
import { DataTable, MoreButton, numbers, Properties } from '../ui/table';
import { NamespaceList } from './warehouse';

interface Place {
  warehouse: string;
  namespace: string[];
}

function partitioningText(row: TableRow): string {
  return (row.partitioning ?? [])
    .filter((field) => field.transform !== 'void')
    .map((field) =>
      field.transform === 'identity' ? field.source : `${field.transform}(${field.source})`,
    )
    .join(', ');
}

function TableLine({ place, row }: { place: Place; row: TableRow }) {
  const link = (
    <th scope="row">
      <Link to={{ page: 'table', ...place, name: row.name, tab: 'overview' }} class="with-icon">
        <Icon name="table" />
        {row.name}
      </Link>
    </th>
  );
  if (row.error !== undefined) {
    return (
      <tr>
        {link}
        <td colSpan={6} class="error-cell">
          <Icon name="warning" /> {row.error}
        </td>
      </tr>
    );
  }
  return (
    <tr>
      {link}
      <td class="number">{numberText(row.rows)}</td>
      <td class="number nowrap">{bytesText(row.bytes)}</td>
      <td class="number">
        {numberText(row.files)}
        {row.delete_files ? (
          <span class="quiet"> +{numberText(row.delete_files)} deletes</span>
        ) : (
          ''
        )}
      </td>
      <td>{partitioningText(row) || <span class="quiet">none</span>}</td>
      <td class="number">{numberText(row.snapshots)}</td>
      <td class="nowrap">
        <Time at={row.updated_ms} />
      </td>
    </tr>
  );
}

function Tables({ place }: { place: Place }) {
  const pages = usePages(`tables ${JSON.stringify(place)}`, async (token, signal) => {
    const page = await api.tables(place.warehouse, place.namespace, token, signal);
    return { items: page.tables, head: page.total, next: page.next_page_token };
  });
  if (pages.error && pages.items.length === 0)
    return <Failure error={pages.error} retry={pages.reload} />;
  if (pages.items.length === 0) {
    return pages.isLoading ? (
      <Skeleton lines={4} />
    ) : (
      <Empty title="No tables in this namespace">
        <code>{`tarn load FILE --into ${namespaceText(place.namespace)}.name`}</code> makes one from
        a file.
      </Empty>
    );
  }
  return (
    <>
      <DataTable
        label="Tables"
        columns={[
          'Table',
          numbers('Rows'),
          numbers('Size'),
          numbers('Files'),
          'Partitioned by',
          numbers('Snapshots'),
          'Changed',
        ]}
      >
        {pages.items.map((row) => (
          <TableLine key={row.name} place={place} row={row} />
        ))}
      </DataTable>
      <MoreButton pages={pages} label={`More of ${countText(pages.head ?? 0, 'table')}`} />
    </>
  );
}

function Views({ place }: { place: Place }) {
  const pages = usePages(`views ${JSON.stringify(place)}`, async (token, signal) => {
    const page = await api.viewNames(place.warehouse, place.namespace, token, signal);
    return { items: page.items, head: undefined, next: page.next ?? null };
  });
  if (pages.items.length === 0) return null;
  return (
    <Card title="Views">
      <ul class="namespace-list">
        {pages.items.map((view) => (
          <li key={view.name}>
            <Link to={{ page: 'view', ...place, name: view.name }}>
              <Icon name="view" />
              {view.name}
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} label="More views" />
    </Card>
  );
}

function Dropped({ place }: { place: Place }) {
  const dropped = useData(`dropped ${JSON.stringify(place)}`, (signal) =>
    api.droppedTables(place.warehouse, place.namespace, signal),
  );
  const tables = dropped.value?.tables ?? [];
  if (tables.length === 0) return null;
  return (
    <Card title="Dropped tables">
      <DataTable
        label="Dropped tables"
        columns={['Table', 'Dropped', 'Can be brought back until', 'Files']}
      >
        {tables.map((table) => (
          <tr key={table.id}>
            <th scope="row" class="with-icon">
              <Icon name="dropped" />
              {table.name}
            </th>
            <td>
              <Time at={table.dropped_ms} />
            </td>
            <td>
              <ExactTime at={table.expires_ms} />
            </td>
            <td>{table.purges ? 'go with it then' : 'stay'}</td>
          </tr>
        ))}
      </DataTable>
    </Card>
  );
}

function Children({ place }: { place: Place }) {
  const children = useData(`has ${JSON.stringify(place)}`, (signal) =>
    api.namespaces(place.warehouse, place.namespace, '', signal),
  );
  if ((children.value?.items.length ?? 0) === 0) return null;
  return (
    <Card title="Namespaces">
      <NamespaceList warehouse={place.warehouse} parent={place.namespace} />
    </Card>
  );
}

export function NamespacePage(place: Place) {
  const properties = useData(`namespace ${JSON.stringify(place)}`, (signal) =>
    api.namespaceProperties(place.warehouse, place.namespace, signal),
  );
  const key = JSON.stringify(place);
  return (
    <>
      <PageHead icon="folder" title={namespaceText(place.namespace)} />
      {properties.error ? (
        <Failure error={properties.error} retry={properties.reload} />
      ) : (
        <>
          <Children key={`c${key}`} place={place} />
          <Card title="Tables">
            <Tables key={key} place={place} />
          </Card>
          <Views key={`v${key}`} place={place} />
          <Dropped key={`d${key}`} place={place} />
          <Card title="Properties">
            {properties.value ? (
              <Properties values={properties.value} what="namespace" />
            ) : (
              <Skeleton lines={2} />
            )}
          </Card>
        </>
      )}
    </>
  );
}
