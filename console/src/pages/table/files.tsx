/** The files of a snapshot: how large they are, and each of them. */
import { api } from '../../api/catalog';
import type { FileRow, FileSummary, LoadedTable, PartitionValue, Sums } from '../../api/types';
import { bytesText, countText, numberText, shortNumber } from '../../model/format';
import { barsOf } from '../../model/sizes';
import { tarnArgument } from '../../model/snippets';
import { SizeChart } from '../../ui/charts';
import { useData, usePages } from '../../ui/data';
import {
  Card,
  type Choice,
  CopyButton,
  Empty,
  Failure,
  Hint,
  Select,
  SkeletonTiles,
  Snippet,
  Tile,
  Tiles,
} from '../../ui/parts';
import { navigate, useLocation } from '../../ui/router';
import { DataTable, numbers, Paged } from '../../ui/table';
import type { TableRoute } from '../table';
import { FileMap } from './file_map';
import { SnapshotBar } from './snapshot_bar';

const contents: Choice<string>[] = [
  { value: 'all', label: 'all files' },
  { value: 'data', label: 'data files' },
  { value: 'deletes', label: 'delete files' },
];

const orders: Choice<string>[] = [
  { value: '', label: 'as in the manifests' },
  { value: '-bytes', label: 'largest first' },
  { value: 'bytes', label: 'smallest first' },
  { value: '-rows', label: 'most rows first' },
  { value: 'rows', label: 'fewest rows first' },
];

const kinds: Record<FileRow['content'], string> = {
  data: 'data',
  'position-deletes': 'position deletes',
  'deletion-vector': 'deletion vector',
  'equality-deletes': 'equality deletes',
};

export function PartitionText({ values }: { values: PartitionValue[] }) {
  if (values.length === 0) return <span class="quiet">–</span>;
  return (
    <span class="partition">
      {values.map((one) => (
        <span key={one.name}>
          <span class="quiet">{one.name}=</span>
          {one.value === null ? <em class="quiet">null</em> : one.value}
        </span>
      ))}
    </span>
  );
}

function Deletes({ label, sums }: { label: string; sums: Sums }) {
  if (sums.files === 0) return null;
  return (
    <Tile label={label} value={shortNumber(sums.files)} hint={`${numberText(sums.rows)} rows`} />
  );
}

function SmallFiles({ route, summary }: { route: TableRoute; summary: FileSummary }) {
  const { small, files_saved_by_compaction: saved, target_bytes: target } = summary;
  if (saved < 4 || saved < summary.data.files * 0.1) return null;
  return (
    <Hint>
      <p>
        <strong>{countText(small.files, 'small file')}</strong> of{' '}
        {bytesText(small.bytes / small.files)} on average, where {bytesText(target)} is wanted.
        Compaction would leave {numberText(summary.data.files - saved)} of{' '}
        {numberText(summary.data.files)} data files, so that scans open fewer of them:
      </p>
      <Snippet
        text={`tarn maintain compact ${tarnArgument(route.namespace, route.name)}`}
        label="the command"
      />
    </Hint>
  );
}

function Summary({ route, summary }: { route: TableRoute; summary: FileSummary }) {
  const bars = barsOf(summary.sizes, summary.target_bytes);
  return (
    <>
      <Tiles>
        <Tile
          label="Data files"
          value={shortNumber(summary.data.files)}
          hint={`${numberText(summary.data.rows)} rows`}
        />
        <Tile label="Size" value={bytesText(summary.data.bytes)} />
        <Tile
          label="Average file"
          value={summary.data.files > 0 ? bytesText(summary.data.bytes / summary.data.files) : '–'}
          hint={`${bytesText(summary.target_bytes)} wanted`}
        />
        <Deletes label="Position deletes" sums={summary.position_deletes} />
        <Deletes label="Deletion vectors" sums={summary.deletion_vectors} />
        <Deletes label="Equality deletes" sums={summary.equality_deletes} />
      </Tiles>
      {!summary.is_complete && (
        <Hint>
          The table has more files than are counted here: these figures are of a part of them.
        </Hint>
      )}
      <SmallFiles route={route} summary={summary} />
      {bars.length > 0 && (
        <Card title="Files by size">
          <SizeChart bars={bars} targetBytes={summary.target_bytes} />
        </Card>
      )}
    </>
  );
}

/** The file's own name: its partition is beside it, the whole path a click away. */
function ownName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}

function FileTable({ files }: { files: FileRow[] }) {
  return (
    <DataTable
      label="Files"
      columns={['File', 'Partition', numbers('Rows'), numbers('Size'), 'Holds']}
    >
      {files.map((file) => (
        <tr key={`${file.path} ${file.referenced_data_file ?? ''}`}>
          <th scope="row" class="path-cell">
            <code title={file.path}>{ownName(file.path)}</code>
            <CopyButton text={file.path} label="Copy the path" />
          </th>
          <td>
            <PartitionText values={file.partition} />
          </td>
          <td class="number">{numberText(file.rows)}</td>
          <td class="number nowrap" title={`${numberText(file.bytes)} bytes`}>
            {bytesText(file.bytes)}
          </td>
          <td class="nowrap">
            <span class={`badge ${file.content === 'data' ? '' : 'deletes'}`}>
              {kinds[file.content]}
            </span>{' '}
            <span class="quiet">
              {file.format}
              {file.is_encrypted ? ', encrypted' : ''}
            </span>
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

export function Files({ route, table }: { route: TableRoute; table: LoadedTable }) {
  const { query } = useLocation();
  const snapshot = query.get('snapshot') ?? '';
  const content = query.get('content') ?? 'all';
  const order = query.get('order') ?? '';
  const partition = query.get('partition') ?? '';
  const place = JSON.stringify([route.warehouse, route.namespace, route.name]);
  const at = snapshot || String(table.metadata['current-snapshot-id'] ?? '');
  const summary = useData(`file summary ${place} ${at}`, (signal) =>
    api.fileSummary(route, snapshot, signal),
  );
  const pages = usePages(
    `files ${place} ${at} ${content} ${order} ${partition}`,
    async (token, signal) => {
      const page = await api.files(
        route,
        { snapshot: token === '' ? snapshot : '', content, order, partition, page_token: token },
        signal,
      );
      return { items: page.files, head: undefined, next: page.next_page_token };
    },
  );
  const show = (change: Record<string, string>) =>
    navigate(route, { snapshot, content, order, partition, ...change }, true);

  return (
    <>
      <SnapshotBar route={route} table={table} snapshot={snapshot} />
      {summary.value ? (
        <Summary route={route} summary={summary.value} />
      ) : summary.error ? (
        <Failure error={summary.error} retry={summary.reload} />
      ) : (
        <SkeletonTiles count={4} />
      )}
      <FileMap route={route} snapshot={snapshot} current={at} />
      <Card
        title="Files"
        actions={
          <>
            {partition !== '' && (
              <button
                type="button"
                class="chip removable"
                onClick={() => show({ partition: '' })}
                title="Show all partitions"
              >
                {decodeURIComponent(partition.replaceAll('+', ' '))} ×
              </button>
            )}
            <Select
              label="Show"
              value={content}
              choices={contents}
              onChange={(value) => show({ content: value })}
            />
            <Select
              label="Order"
              value={order}
              choices={orders}
              onChange={(value) => show({ order: value })}
            />
          </>
        }
      >
        <Paged pages={pages} more="More files" empty={<Empty title="No such files" />}>
          {(files) => <FileTable files={files} />}
        </Paged>
      </Card>
    </>
  );
}
