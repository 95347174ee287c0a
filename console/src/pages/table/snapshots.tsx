/** Snapshots as a time line, with the branches and tags on it, and two of them compared. */
import { useMemo, useRef, useState } from 'preact/hooks';
import { api } from '../../api/catalog';
import { type LoadedTable, type Ref, type SnapshotRow, sameId } from '../../api/types';
import { bytesText, changeText, countText, durationText, numberText } from '../../model/format';
import {
  byDay,
  changesOf,
  compareSummaries,
  engineOf,
  growthOf,
  summaryNumber,
} from '../../model/timeline';
import { GrowthChart } from '../../ui/charts';
import { usePages } from '../../ui/data';
import { Icon } from '../../ui/icons';
import {
  Card,
  Code,
  Empty,
  ExactTime,
  Failure,
  Operation,
  RefChip,
  Skeleton,
  Time,
} from '../../ui/parts';
import { Link } from '../../ui/router';
import { DataTable, Fact, MoreButton, NoRow, numbers } from '../../ui/table';
import type { TableRoute } from '../table';
import { Rollback } from './rollback';
import { RowDiff } from './row_diff';

function Changes({ snapshot }: { snapshot: SnapshotRow }) {
  const changes = changesOf(snapshot.summary);
  if (changes.length === 0) return <span class="quiet">no change of rows or files</span>;
  return (
    <>
      {changes.map((change) => (
        <span key={change.what} class="change">
          {change.added ? <span class="plus">{changeText(change.added)}</span> : null}
          {change.removed ? <span class="minus">{changeText(-change.removed)}</span> : null}
          <span> {change.what}</span>
        </span>
      ))}
    </>
  );
}

function Details({ route, snapshot }: { route: TableRoute; snapshot: SnapshotRow }) {
  const entries = Object.entries(snapshot.summary).sort(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return (
    <div class="details">
      <DataTable label={`Snapshot ${snapshot.id}`}>
        <Fact name="Committed">
          <ExactTime at={snapshot.timestamp_ms} />
        </Fact>
        <Fact name="Parent">
          {snapshot.parent_id === null ? (
            <span class="quiet">none</span>
          ) : (
            <Code text={String(snapshot.parent_id)} />
          )}
        </Fact>
        <Fact name="Sequence number">{numberText(snapshot.sequence_number)}</Fact>
        <Fact name="Schema">{snapshot.schema_id ?? <span class="quiet">not said</span>}</Fact>
        <Fact name="Manifest list">
          <Code text={snapshot.manifest_list} label="Copy the path" />
        </Fact>
        {entries.map(([key, value]) => (
          <Fact key={key} name={key} isCode>
            {/size$/.test(key)
              ? `${bytesText(Number(value))} (${numberText(value)})`
              : numberText(value)}
          </Fact>
        ))}
      </DataTable>
      <p>
        <Link to={{ ...route, tab: 'files' }} query={{ snapshot: String(snapshot.id) }}>
          Files at this snapshot
        </Link>
        {' · '}
        <Link to={{ ...route, tab: 'partitions' }} query={{ snapshot: String(snapshot.id) }}>
          Partitions at this snapshot
        </Link>
        {' · '}
        <Link to={{ ...route, tab: 'data' }} query={{ snapshot: String(snapshot.id) }}>
          Rows at this snapshot
        </Link>
      </p>
    </div>
  );
}

function Item({
  route,
  snapshot,
  isCurrent,
  isChosen,
  choose,
  goBack,
}: {
  route: TableRoute;
  snapshot: SnapshotRow;
  isCurrent: boolean;
  isChosen: boolean;
  choose: () => void;
  goBack: () => void;
}) {
  const [isOpen, setOpen] = useState(false);
  const id = String(snapshot.id);
  const total = summaryNumber(snapshot.summary, 'total-records');
  const kind = ['append', 'overwrite', 'delete', 'replace'].includes(snapshot.operation)
    ? snapshot.operation
    : 'other';
  const said = `${snapshot.operation || 'unknown operation'}, ${new Date(snapshot.timestamp_ms).toISOString()}, snapshot ${id}`;
  return (
    <li
      class={`moment ${kind} ${snapshot.is_current_ancestor ? '' : 'aside'} ${isOpen ? 'open' : ''}`}
    >
      <span class="dot" aria-hidden="true" />
      <div class="moment-body">
        <button
          type="button"
          class="moment-head"
          aria-expanded={isOpen}
          title={`Snapshot ${id}\n${new Date(snapshot.timestamp_ms).toISOString()}\n${engineOf(snapshot.summary)}`}
          onClick={() => setOpen(!isOpen)}
        >
          <span class="sr-only">{said}</span>
          <span class="moment-line" aria-hidden="true">
            <Operation name={snapshot.operation} />
            <Changes snapshot={snapshot} />
          </span>
          <span class="moment-line quiet" aria-hidden="true">
            <Time at={snapshot.timestamp_ms} />
            {total !== undefined && <span>{countText(total, 'row')} after it</span>}
            <span class="engine">{engineOf(snapshot.summary)}</span>
          </span>
        </button>
        <div class="moment-tools">
          {isCurrent && <span class="chip now">current</span>}
          {!snapshot.is_current_ancestor && (
            <span class="chip" title="not an ancestor of the current snapshot">
              aside
            </span>
          )}
          {snapshot.refs.map((ref) => (
            <RefChip key={`${ref.type} ${ref.name}`} {...ref} />
          ))}
          <label class={`compare-box ${isChosen ? 'chosen' : ''}`}>
            <input type="checkbox" checked={isChosen} onChange={choose} />
            Compare
          </label>
          <Code text={id} label="Copy the snapshot id" />
          {!isCurrent && (
            <button
              type="button"
              class="button small"
              aria-label={`Roll back to snapshot ${id}`}
              onClick={goBack}
            >
              Roll back…
            </button>
          )}
        </div>
        {isOpen && <Details route={route} snapshot={snapshot} />}
      </div>
    </li>
  );
}

function Comparison({
  route,
  table,
  from,
  to,
  clear,
}: {
  route: TableRoute;
  table: LoadedTable;
  from: SnapshotRow;
  to: SnapshotRow;
  clear: () => void;
}) {
  const [showsAll, setShowsAll] = useState(false);
  const all = compareSummaries(from.summary, to.summary);
  const shown = showsAll ? all : all.filter((one) => !one.isSame);
  const text = (key: string, value: string | undefined) =>
    value === undefined ? '–' : /size$/.test(key) ? bytesText(Number(value)) : numberText(value);
  const change = (key: string, value: number | undefined) => {
    if (value === undefined || value === 0) return '';
    return /size$/.test(key) ? `${value > 0 ? '+' : ''}${bytesText(value)}` : changeText(value);
  };
  return (
    <Card
      class="comparison"
      title="Comparison"
      actions={
        <>
          <label class="check">
            <input type="checkbox" checked={showsAll} onChange={() => setShowsAll(!showsAll)} />
            also what is the same
          </label>
          <button
            type="button"
            class="icon-button"
            aria-label="End the comparison"
            title="End the comparison"
            onClick={clear}
          >
            <Icon name="close" />
          </button>
        </>
      }
    >
      <DataTable
        label="Comparison of two snapshots"
        columns={[
          'Of the summary',
          ...[from, to].map((one) =>
            numbers(
              <>
                <span class="mono">{String(one.id)}</span>
                <br />
                <Time at={one.timestamp_ms} />
              </>,
            ),
          ),
          numbers('Difference'),
        ]}
      >
        {shown.map((one) => (
          <tr key={one.key}>
            <th scope="row" class="mono">
              {one.key}
            </th>
            <td class="number">{text(one.key, one.from)}</td>
            <td class="number">{text(one.key, one.to)}</td>
            <td
              class={`number ${(one.change ?? 0) > 0 ? 'plus' : (one.change ?? 0) < 0 ? 'minus' : ''}`}
            >
              {change(one.key, one.change)}
            </td>
          </tr>
        ))}
        {shown.length === 0 && <NoRow columns={4}>Their summaries are the same</NoRow>}
      </DataTable>
      <RowDiff key={`${from.id} ${to.id}`} route={route} table={table} from={from} to={to} />
    </Card>
  );
}

function keptText(ref: Ref): string {
  const parts: string[] = [];
  if (ref['min-snapshots-to-keep'] !== undefined)
    parts.push(`at least ${countText(ref['min-snapshots-to-keep'], 'snapshot')}`);
  if (ref['max-snapshot-age-ms'] !== undefined)
    parts.push(`snapshots for ${durationText(ref['max-snapshot-age-ms'])}`);
  if (ref['max-ref-age-ms'] !== undefined)
    parts.push(`itself for ${durationText(ref['max-ref-age-ms'])}`);
  return parts.length === 0 ? 'as the table says' : parts.join(', ');
}

export function Refs({ table }: { table: LoadedTable }) {
  const refs = Object.entries(table.metadata.refs ?? {});
  if (refs.length === 0) return null;
  const time = (ref: Ref) =>
    table.metadata.snapshots?.find((one) => sameId(one['snapshot-id'], ref['snapshot-id']))?.[
      'timestamp-ms'
    ];
  return (
    <Card title="Branches and tags">
      <DataTable label="Branches and tags" columns={['Name', 'Snapshot', 'Committed', 'Keeps']}>
        {refs.map(([name, ref]) => (
          <tr key={name}>
            <th scope="row">
              <RefChip name={name} type={ref.type} />
            </th>
            <td>
              <Code text={String(ref['snapshot-id'])} label="Copy the snapshot id" />
            </td>
            <td>
              <Time at={time(ref)} />
            </td>
            <td class="quiet">{keptText(ref)}</td>
          </tr>
        ))}
      </DataTable>
    </Card>
  );
}

/** Up and down go from snapshot to snapshot. */
function moveWithArrows(event: KeyboardEvent): void {
  if (event.key !== 'ArrowDown' && event.key !== 'ArrowUp') return;
  const heads = [
    ...(event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>('.moment-head'),
  ];
  const at = heads.indexOf(document.activeElement as HTMLElement);
  if (at < 0) return;
  event.preventDefault();
  heads[at + (event.key === 'ArrowDown' ? 1 : -1)]?.focus();
}

export function Snapshots({
  route,
  table,
  reload,
}: {
  route: TableRoute;
  table: LoadedTable;
  reload: () => void;
}) {
  // Asked anew when the table has another head.
  const key = `snapshots ${JSON.stringify([route.warehouse, route.namespace, route.name])} ${table['metadata-location'] ?? ''}`;
  const pages = usePages(key, async (token, signal) => {
    const page = await api.snapshots(route, token, signal);
    const next = page.next_page_token === null ? null : String(page.next_page_token);
    return { items: page.snapshots, head: page, next };
  });
  const [chosen, setChosen] = useState<string[]>([]);
  const [goal, setGoal] = useState<SnapshotRow>();
  const lastShown = useRef<typeof pages>(pages);
  if (pages.head !== undefined) lastShown.current = pages;
  const { items, head, hasMore } = lastShown.current;
  const days = useMemo(() => byDay(items), [items]);

  if (head === undefined) {
    return pages.error ? (
      <Failure error={pages.error} retry={pages.reload} />
    ) : (
      <Skeleton lines={8} />
    );
  }
  if (items.length === 0) {
    return (
      <Card>
        <Empty title="No snapshots yet">The first commit to this table makes one.</Empty>
      </Card>
    );
  }
  const choose = (id: string) =>
    setChosen((old) =>
      old.includes(id) ? old.filter((one) => one !== id) : [...old, id].slice(-2),
    );
  const pair = items.filter((one) => chosen.includes(String(one.id)));
  const [newer, older] = pair;
  const growth = growthOf(items);
  return (
    <>
      {growth.length > 1 && (
        <Card title="Rows">
          <GrowthChart points={growth} />
        </Card>
      )}
      {newer !== undefined && older !== undefined && (
        <Comparison
          route={route}
          table={table}
          from={older}
          to={newer}
          clear={() => setChosen([])}
        />
      )}
      <Card
        title={countText(head.total, 'snapshot')}
        actions={
          pair.length < 2 && (
            <span class="quiet">
              {pair.length === 0
                ? 'choose two to compare them'
                : 'choose another one to compare it with'}
            </span>
          )
        }
      >
        {/* biome-ignore lint/a11y/noStaticElementInteractions: arrows are beside what Tab does */}
        <div class="time-line" onKeyDown={moveWithArrows}>
          {days.map((day) => (
            <section key={day.day}>
              <h3>{day.day}</h3>
              <ol>
                {day.snapshots.map((snapshot) => (
                  <Item
                    key={String(snapshot.id)}
                    route={route}
                    snapshot={snapshot}
                    isCurrent={sameId(snapshot.id, head.current_snapshot_id)}
                    isChosen={chosen.includes(String(snapshot.id))}
                    choose={() => choose(String(snapshot.id))}
                    goBack={() => setGoal(snapshot)}
                  />
                ))}
              </ol>
            </section>
          ))}
        </div>
        <MoreButton pages={{ ...pages, hasMore }} label="Older snapshots" />
        {pages.error && <Failure error={pages.error} />}
      </Card>
      <Refs table={table} />
      {goal !== undefined && (
        <Rollback
          route={route}
          table={table}
          snapshot={goal}
          known={items}
          done={reload}
          close={() => setGoal(undefined)}
        />
      )}
    </>
  );
}
