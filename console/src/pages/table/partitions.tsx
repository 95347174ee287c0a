/** Partitions of a snapshot with what is in them. */
import { api } from '../../api/catalog';
import type { LoadedTable, PartitionRow } from '../../api/types';
import { bytesText, countText, numberText } from '../../model/format';
import { Meter } from '../../ui/charts';
import { usePages } from '../../ui/data';
import { Card, type Choice, Empty, Hint, Select, Time } from '../../ui/parts';
import { Link, navigate, useLocation } from '../../ui/router';
import { DataTable, numbers, Paged, unseen } from '../../ui/table';
import type { TableRoute } from '../table';
import { FileMap } from './file_map';
import { PartitionText } from './files';
import { SnapshotBar } from './snapshot_bar';

const orders: Choice<string>[] = [
  { value: '', label: 'by value' },
  { value: '-partition', label: 'by value, last first' },
  { value: '-bytes', label: 'largest first' },
  { value: '-rows', label: 'most rows first' },
  { value: '-files', label: 'most files first' },
  { value: '-small_files', label: 'most small files first' },
  { value: '-updated', label: 'last changed first' },
];

function Row({
  route,
  row,
  max,
  snapshot,
}: {
  route: TableRoute;
  row: PartitionRow;
  max: number;
  snapshot: string;
}) {
  const isWhole = row.partition.length === 0;
  return (
    <tr>
      <th scope="row">
        {isWhole ? (
          'the whole table'
        ) : (
          <Link to={{ ...route, tab: 'files' }} query={{ partition: row.path, snapshot }}>
            <PartitionText values={row.partition} />
          </Link>
        )}
      </th>
      <td class="meter-cell">
        <Meter
          value={row.bytes}
          max={max}
          label={`${bytesText(row.bytes)} of at most ${bytesText(max)}`}
        />
      </td>
      <td class="number nowrap">{bytesText(row.bytes)}</td>
      <td class="number">{numberText(row.rows)}</td>
      <td class="number">{numberText(row.files)}</td>
      <td class="number">
        {row.small_files > 0 ? numberText(row.small_files) : <span class="quiet">0</span>}
      </td>
      <td class="number">
        {row.delete_files > 0 ? (
          <span title={countText(row.delete_rows, 'deleted row')}>
            {numberText(row.delete_files)}
          </span>
        ) : (
          <span class="quiet">0</span>
        )}
      </td>
      <td class="nowrap">
        <Time at={row.updated_ms} />
      </td>
      <td class="number quiet">{row.spec_id}</td>
    </tr>
  );
}

export function Partitions({ route, table }: { route: TableRoute; table: LoadedTable }) {
  const { query } = useLocation();
  const snapshot = query.get('snapshot') ?? '';
  const order = query.get('order') ?? '';
  const place = JSON.stringify([route.warehouse, route.namespace, route.name]);
  const at = snapshot || String(table.metadata['current-snapshot-id'] ?? '');
  const pages = usePages(`partitions ${place} ${at} ${order}`, async (token, signal) => {
    const page = await api.partitions(
      route,
      { snapshot: token === '' ? snapshot : '', order, page_token: token },
      signal,
    );
    return { items: page.partitions, head: page, next: page.next_page_token };
  });
  const { head } = pages;
  return (
    <>
      <SnapshotBar route={route} table={table} snapshot={snapshot} />
      {head && !head.is_complete && (
        <Hint>
          The table has more files than are counted here: these figures are of a part of them.
        </Hint>
      )}
      <FileMap route={route} snapshot={snapshot} current={at} />
      <Card
        title={head ? countText(head.total, 'partition') : 'Partitions'}
        actions={
          <Select
            label="Order"
            value={order}
            choices={orders}
            onChange={(value) => navigate(route, { snapshot, order: value }, true)}
          />
        }
      >
        <Paged
          pages={pages}
          more="More partitions"
          empty={<Empty title="No data yet">Partitions appear with the first rows.</Empty>}
        >
          {(rows) => (
            <DataTable
              label="Partitions"
              columns={[
                'Partition',
                unseen('Share'),
                numbers('Size'),
                numbers('Rows'),
                numbers('Files'),
                numbers('Small'),
                numbers('Deletes'),
                'Changed',
                numbers('Spec'),
              ]}
            >
              {rows.map((row) => (
                <Row
                  key={`${row.spec_id} ${row.path}`}
                  route={route}
                  row={row}
                  max={head?.bytes_max ?? 0}
                  snapshot={snapshot}
                />
              ))}
            </DataTable>
          )}
        </Paged>
      </Card>
    </>
  );
}
