/** All files of a snapshot on one map: a field for each partition, within it a tile for each file. */
import { api } from '../../api/catalog';
import type { FileRow, FileSummary, PartitionRow } from '../../api/types';
import { bytesText, countText, numberText } from '../../model/format';
import { type Rect, smallness, treemapOf } from '../../model/treemap';
import { useWidth } from '../../ui/charts';
import { useData } from '../../ui/data';
import { Card, Failure, Skeleton } from '../../ui/parts';
import { navigate } from '../../ui/router';
import type { TableRoute } from '../table';

const partitionsMax = 400;
const filesMax = 2000;
const pageSize = 1000;
const height = 320;
const gap = 2;

interface MapData {
  summary: FileSummary;
  partitions: PartitionRow[];
  total: number;
  /** By the path of their partition; undefined where there are too many to draw. */
  files: Map<string, FileRow[]> | undefined;
}

function keyOf(of: {
  spec_id: number;
  partition: { name: string; value: string | null }[];
}): string {
  return JSON.stringify([of.spec_id, of.partition.map((one) => [one.name, one.value])]);
}

async function fetchMap(
  route: TableRoute,
  snapshot: string,
  signal: AbortSignal,
): Promise<MapData> {
  const [summary, page] = await Promise.all([
    api.fileSummary(route, snapshot, signal),
    api.partitions(route, { snapshot, order: '-files', page_size: partitionsMax }, signal),
  ]);
  let files: Map<string, FileRow[]> | undefined;
  if (summary.data.files <= filesMax && page.next_page_token === null) {
    files = new Map();
    for (let token: string | null = ''; token !== null; ) {
      const query = { content: 'data', order: '-bytes', page_size: pageSize, page_token: token };
      const next = await api.files(route, token === '' ? { ...query, snapshot } : query, signal);
      for (const file of next.files) {
        const key = keyOf(file);
        const of = files.get(key);
        if (of === undefined) files.set(key, [file]);
        else of.push(file);
      }
      token = next.next_page_token;
    }
  }
  return { summary, partitions: page.partitions, total: page.total, files };
}

/** Tiles of one size in a field. */
function tilesOf(count: number, room: Rect): Rect[] {
  const columns = Math.max(
    1,
    Math.round(Math.sqrt((count * room.width) / Math.max(1, room.height))),
  );
  const rows = Math.ceil(count / columns);
  return Array.from({ length: count }, (_, i) => ({
    x: room.x + ((i % columns) * room.width) / columns,
    y: room.y + (Math.floor(i / columns) * room.height) / rows,
    width: room.width / columns,
    height: room.height / rows,
  }));
}

function inner(rect: Rect, by: number): Rect {
  return {
    x: rect.x + by / 2,
    y: rect.y + by / 2,
    width: Math.max(0.5, rect.width - by),
    height: Math.max(0.5, rect.height - by),
  };
}

function nameOf(row: PartitionRow): string {
  return row.path === '' ? 'the whole table' : row.path;
}

function Field({
  row,
  rect,
  files,
  targetBytes,
  go,
}: {
  row: PartitionRow;
  rect: Rect;
  files: FileRow[] | undefined;
  targetBytes: number;
  go: () => void;
}) {
  const said = `${nameOf(row)}: ${countText(row.files, 'file')}, ${numberText(row.small_files)} small, ${bytesText(row.bytes)}`;
  const room = inner(rect, gap);
  const share = row.files > 0 ? row.small_files / row.files : 0;
  const tiles = files === undefined ? [] : tilesOf(files.length, room);
  const thin = Math.min(1.5, (tiles[0]?.width ?? 0) / 6);
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the table of partitions has links that do the same
    <g class="map-field" onClick={go}>
      {files === undefined ? (
        <rect {...room} class={`map-tile small-${Math.ceil(share * 4)}`} rx="2">
          <title>{said}</title>
        </rect>
      ) : (
        files.map((file, i) => (
          <rect
            key={file.path}
            {...inner(tiles[i] ?? room, thin)}
            class={`map-tile small-${smallness(file.bytes, targetBytes)}`}
            rx="1"
          >
            <title>{`${nameOf(row)}\n${file.path.slice(file.path.lastIndexOf('/') + 1)}\n${bytesText(file.bytes)}, ${countText(file.rows, 'row')}`}</title>
          </rect>
        ))
      )}
      {room.width > 70 && room.height > 22 && row.path !== '' && (
        <text x={room.x + 5} y={room.y + 14} class="map-name">
          {nameOf(row).slice(0, Math.floor(room.width / 7.2))}
        </text>
      )}
    </g>
  );
}

const legend = ['as wanted', '¼ and more', '1/20 and more', '1/100 and more', 'smaller'];
const shareLegend = ['none', 'up to ¼', 'up to ½', 'up to ¾', 'up to all'];

function Legend({ hasFiles, targetBytes }: { hasFiles: boolean; targetBytes: number }) {
  return (
    <div class="map-legend quiet">
      <span>
        {hasFiles ? `A tile is a file; of the ${bytesText(targetBytes)} wanted:` : 'Small files:'}
      </span>
      {(hasFiles ? legend : shareLegend).map((words, i) => (
        <span key={words}>
          <svg width="12" height="12" aria-hidden="true">
            <rect class={`map-tile small-${i}`} width="12" height="12" rx="2" />
          </svg>{' '}
          {words}
        </span>
      ))}
    </div>
  );
}

function Drawn({ route, data, snapshot }: { route: TableRoute; data: MapData; snapshot: string }) {
  const [ref, width] = useWidth();
  const rows = data.partitions.filter((row) => row.files > 0);
  const rects = treemapOf(
    rows.map((row) => row.files),
    { x: 0, y: 0, width, height },
  );
  const { small, target_bytes: targetBytes } = data.summary;
  const said = `${countText(data.summary.data.files, 'data file')} in ${countText(data.total, 'partition')}; ${numberText(small.files)} are small`;
  return (
    <>
      <div class="chart" ref={ref}>
        <svg width={width} height={height} role="img" aria-label={said}>
          {rows.map((row, i) => (
            <Field
              key={`${row.spec_id} ${row.path}`}
              row={row}
              rect={rects[i] ?? { x: 0, y: 0, width: 0, height: 0 }}
              files={data.files === undefined ? undefined : (data.files.get(keyOf(row)) ?? [])}
              targetBytes={targetBytes}
              go={() => navigate({ ...route, tab: 'files' }, { partition: row.path, snapshot })}
            />
          ))}
        </svg>
      </div>
      <Legend hasFiles={data.files !== undefined} targetBytes={targetBytes} />
      {data.total > rows.length && rows.length >= partitionsMax && (
        <p class="small-print">{`The ${partitionsMax} partitions with the most files.`}</p>
      )}
    </>
  );
}

export function FileMap({
  route,
  snapshot,
  current,
}: {
  route: TableRoute;
  snapshot: string;
  /** The snapshot it is of, while none was chosen. */
  current: string;
}) {
  const place = JSON.stringify([route.warehouse, route.namespace, route.name]);
  const map = useData(`map ${place} ${snapshot || current}`, (signal) =>
    fetchMap(route, snapshot, signal),
  );
  if (map.value !== undefined && map.value.summary.data.files === 0) return null;
  const small = map.value?.summary.small.files ?? 0;
  return (
    <Card
      title="Map of files"
      actions={
        map.value && (
          <span class="quiet">
            {small > 0 ? `${countText(small, 'small file')}` : 'no small files'}
          </span>
        )
      }
    >
      {map.value ? (
        <Drawn route={route} data={map.value} snapshot={snapshot} />
      ) : map.error ? (
        <Failure error={map.error} retry={map.reload} />
      ) : (
        <Skeleton lines={6} />
      )}
    </Card>
  );
}
