/** Going back to an earlier snapshot, by the procedures of SQL: who may not write is refused there. */
import { queryOf, SqlSession } from '../../api/sql';
import { type LoadedTable, type SnapshotRow, sameId } from '../../api/types';
import { countText, exactTime, numberText } from '../../model/format';
import { quoted } from '../../model/profile';
import { summaryNumber } from '../../model/timeline';
import { Confirm } from '../../ui/confirm';
import { Code } from '../../ui/parts';
import type { TableRoute } from '../table';

/** "shop.events" as procedures take it. */
function tableText(route: TableRoute): string {
  return [...route.namespace, route.name]
    .map((level) => (/^[a-z_][a-z0-9_]*$/.test(level) ? level : quoted(level)))
    .join('.');
}

async function goTo(route: TableRoute, snapshot: SnapshotRow): Promise<void> {
  const procedure = snapshot.is_current_ancestor ? 'rollback_to_snapshot' : 'set_current_snapshot';
  const table = tableText(route).replaceAll("'", "''");
  await queryOf(
    `CALL ${quoted(route.warehouse)}.system.${procedure}('${table}', ${snapshot.id})`,
    new SqlSession(route.warehouse),
    new AbortController().signal,
  );
}

export function Rollback({
  route,
  table,
  snapshot,
  known,
  done,
  close,
}: {
  route: TableRoute;
  table: LoadedTable;
  snapshot: SnapshotRow;
  /** Snapshots that were listed, the newest first. */
  known: SnapshotRow[];
  done: () => void;
  close: () => void;
}) {
  const now = known.find((one) => sameId(one.id, table.metadata['current-snapshot-id']));
  const undone = snapshot.is_current_ancestor
    ? known.filter((one) => one.is_current_ancestor && one.timestamp_ms > snapshot.timestamp_ms)
        .length
    : 0;
  const before = now && summaryNumber(now.summary, 'total-records');
  const after = summaryNumber(snapshot.summary, 'total-records');
  const name = tableText(route);
  return (
    <Confirm
      title={`Roll ${name} back?`}
      verb="Roll back"
      act={async () => {
        await goTo(route, snapshot);
        done();
      }}
      close={close}
    >
      <p>
        The branch main will be at snapshot <Code text={String(snapshot.id)} /> of{' '}
        {exactTime(snapshot.timestamp_ms)} again, for all who read the table.
      </p>
      <ul>
        {undone > 0 && (
          <li>{`What ${countText(undone, 'commit')} after it did is not seen any more.`}</li>
        )}
        {before !== undefined && after !== undefined && (
          <li>{`Rows, before deletes: ${numberText(before)} now, ${numberText(after)} then.`}</li>
        )}
        <li>Schema, partitioning, properties, other branches and tags stay as they are.</li>
        <li>
          No file is deleted: until snapshots expire, the present one
          {now === undefined ? '' : ` (${now.id})`} can be made the current one again.
        </li>
      </ul>
    </Confirm>
  );
}
