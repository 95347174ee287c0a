/** A table's first rows, and statistics of its columns on demand. Both by SQL: who may not read sees neither. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { queryOf, SqlSession } from '../../api/sql';
import type { Field, LoadedTable } from '../../api/types';
import { countText, numberText } from '../../model/format';
import {
  barsOfRows,
  barsQuery,
  type Figures,
  figuresOf,
  figuresQuery,
  type ProfileBar,
  profiledColumnsMax,
  profiledRowsMax,
  sampleQuery,
  sqlNameOf,
} from '../../model/profile';
import { currentSchema } from '../../model/schema';
import { Meter } from '../../ui/charts';
import { useData } from '../../ui/data';
import { Card, Empty, Failure, Skeleton } from '../../ui/parts';
import { ResultGrid } from '../../ui/result_grid';
import { useLocation } from '../../ui/router';
import { DataTable, numbers } from '../../ui/table';
import type { TableRoute } from '../table';
import { SnapshotBar } from './snapshot_bar';

const sampleRows = 100;

function Sample({ route, snapshot, at }: { route: TableRoute; snapshot: string; at: string }) {
  const name = sqlNameOf(route);
  const rows = useData(`sample ${name} ${at}`, (signal) =>
    queryOf(sampleQuery(name, snapshot, sampleRows), new SqlSession(route.warehouse), signal),
  );
  return (
    <Card
      title="Sample rows"
      actions={rows.value && <span class="quiet">{countText(rows.value.rows.length, 'row')}</span>}
    >
      {rows.value === undefined && !rows.error && <Skeleton lines={6} />}
      {rows.error && rows.value === undefined && <Failure error={rows.error} retry={rows.reload} />}
      {rows.value !== undefined &&
        (rows.value.rows.length === 0 ? (
          <Empty title="No rows" />
        ) : (
          <ResultGrid columns={rows.value.columns} rows={rows.value.rows} />
        ))}
    </Card>
  );
}

interface Profile {
  figures: Figures;
  bars: ProfileBar[];
}

const plotWidth = 180;
const plotHeight = 36;

function Plot({ field, bars }: { field: Field; bars: ProfileBar[] }) {
  if (bars.length === 0) return <span class="quiet">–</span>;
  const most = Math.max(...bars.map((bar) => bar.count));
  const slot = plotWidth / bars.length;
  const said = bars
    .filter((bar) => bar.count > 0)
    .map((bar) => `${bar.label}: ${numberText(bar.count)}`)
    .join(', ');
  return (
    <svg
      class="profile-plot"
      width={plotWidth}
      height={plotHeight}
      role="img"
      aria-label={`Values of ${field.name}. ${said}`}
    >
      {bars.map((bar, i) => {
        const high = (bar.count / most) * (plotHeight - 2);
        return (
          <g key={bar.label}>
            <title>{`${bar.label}: ${numberText(bar.count)}`}</title>
            <rect class="profile-hit" x={i * slot} width={slot} height={plotHeight} />
            <rect
              class="profile-bar"
              x={i * slot + 0.5}
              y={plotHeight - Math.max(bar.count > 0 ? 1 : 0, high)}
              width={Math.max(1, slot - 1)}
              height={Math.max(bar.count > 0 ? 1 : 0, high)}
            />
          </g>
        );
      })}
    </svg>
  );
}

function ProfileRow({ field, profile }: { field: Field; profile: Profile | undefined }) {
  const figures = profile?.figures;
  const nulls = figures && figures.rows > 0 ? figures.nulls / figures.rows : 0;
  return (
    <tr>
      <th scope="row" class="column-name">
        {field.name}
      </th>
      {figures === undefined ? (
        <td colSpan={5} class="quiet">
          …
        </td>
      ) : (
        <>
          <td>
            <Plot field={field} bars={profile?.bars ?? []} />
          </td>
          <td class="profile-nulls">
            <Meter value={nulls} max={1} label={`${Math.round(nulls * 100)} % null`} />
            <span class="quiet">{`${(nulls * 100).toFixed(nulls > 0 && nulls < 0.1 ? 1 : 0)} %`}</span>
          </td>
          <td class="number">
            {figures.distinct === undefined ? '–' : `≈ ${numberText(figures.distinct)}`}
          </td>
          <td class="profile-value" title={figures.min}>
            {figures.min ?? '–'}
          </td>
          <td class="profile-value" title={figures.max}>
            {figures.max ?? '–'}
          </td>
        </>
      )}
    </tr>
  );
}

async function profileOf(route: TableRoute, field: Field, signal: AbortSignal): Promise<Profile> {
  const table = sqlNameOf(route);
  const ask = async (text: string) =>
    (await queryOf(text, new SqlSession(route.warehouse), signal)).rows;
  const [row] = await ask(figuresQuery(table, field));
  const figures = figuresOf(row ?? []);
  const query = barsQuery(table, field, figures);
  return { figures, bars: query ? barsOfRows(field, figures, await ask(query)) : [] };
}

function Statistics({ route, fields }: { route: TableRoute; fields: Field[] }) {
  const controller = useRef<AbortController>();
  const [stage, setStage] = useState<'none' | 'running' | 'done'>('none');
  const [profiles, setProfiles] = useState<ReadonlyMap<number, Profile>>(new Map());
  const [error, setError] = useState<Error>();
  useEffect(() => () => controller.current?.abort(), []);
  const shown = fields.slice(0, profiledColumnsMax);
  const run = async () => {
    const mine = new AbortController();
    controller.current = mine;
    setStage('running');
    setError(undefined);
    setProfiles(new Map());
    try {
      for (const field of shown) {
        const profile = await profileOf(route, field, mine.signal);
        setProfiles((old) => new Map([...old, [field.id, profile]]));
      }
    } catch (failure) {
      if (!mine.signal.aborted) setError(failure as Error);
    }
    setStage('done');
  };
  const rows = [...profiles.values()][0]?.figures.rows ?? 0;
  return (
    <Card
      title="Statistics of columns"
      actions={
        stage === 'running' ? (
          <button type="button" class="button small" onClick={() => controller.current?.abort()}>
            Cancel
          </button>
        ) : (
          <button type="button" class="button small" onClick={run}>
            {stage === 'none' ? 'Compute' : 'Compute again'}
          </button>
        )
      }
    >
      {stage === 'none' ? (
        <p class="small-print">
          {`Nulls, distinct values, bounds and how values are spread, of at most ${numberText(profiledRowsMax)} rows.`}
        </p>
      ) : (
        <>
          <DataTable
            label="Statistics of columns"
            columns={['Column', 'Values', 'Null', numbers('Distinct'), 'Least', 'Greatest']}
          >
            {shown.map((field) => (
              <ProfileRow key={field.id} field={field} profile={profiles.get(field.id)} />
            ))}
          </DataTable>
          <p class="small-print" role="status">
            {stage === 'running'
              ? `${profiles.size} of ${shown.length} columns…`
              : `Of ${rows >= profiledRowsMax ? 'the first ' : ''}${countText(rows, 'row')}.`}
            {fields.length > shown.length && ` The first ${shown.length} columns.`}
          </p>
        </>
      )}
      {error && <Failure error={error} />}
    </Card>
  );
}

export function DataTab({ route, table }: { route: TableRoute; table: LoadedTable }) {
  const snapshot = useLocation().query.get('snapshot') ?? '';
  const at = snapshot || String(table.metadata['current-snapshot-id'] ?? '');
  return (
    <>
      <SnapshotBar route={route} table={table} snapshot={snapshot} />
      <Sample route={route} snapshot={snapshot} at={at} />
      <Statistics route={route} fields={currentSchema(table.metadata).fields} />
    </>
  );
}
