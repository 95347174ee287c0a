/** Rows that one of two snapshots has and the other has not; by SQL, on demand. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { queryOf, SqlSession } from '../../api/sql';
import type { LoadedTable, SnapshotRow } from '../../api/types';
import { countText } from '../../model/format';
import { differenceQuery, sqlNameOf } from '../../model/profile';
import type { ResultColumn, ResultRow } from '../../model/result';
import { fieldsAt } from '../../model/schema';
import { Failure } from '../../ui/parts';
import { ResultGrid } from '../../ui/result_grid';
import type { TableRoute } from '../table';

const shownMax = 100;

interface Rows {
  columns: ResultColumn[];
  rows: ResultRow[];
}

function Side({ title, side }: { title: string; side: Rows }) {
  const count = side.rows.length;
  return (
    <section class="row-diff">
      <h3>
        {title}:{' '}
        {count === 0
          ? 'none'
          : `${count === shownMax ? 'the first ' : ''}${countText(count, 'row')}`}
      </h3>
      {count > 0 && <ResultGrid columns={side.columns} rows={side.rows} />}
    </section>
  );
}

export function RowDiff({
  route,
  table,
  from,
  to,
}: {
  route: TableRoute;
  table: LoadedTable;
  from: SnapshotRow;
  to: SnapshotRow;
}) {
  const controller = useRef<AbortController>();
  const [stage, setStage] = useState<'none' | 'running' | 'done'>('none');
  const [sides, setSides] = useState<{ added: Rows; removed: Rows }>();
  const [error, setError] = useState<Error>();
  useEffect(() => () => controller.current?.abort(), []);
  const run = async () => {
    const mine = new AbortController();
    controller.current = mine;
    setStage('running');
    setError(undefined);
    const left = { id: String(from.id), fields: fieldsAt(table.metadata, from.schema_id) };
    const right = { id: String(to.id), fields: fieldsAt(table.metadata, to.schema_id) };
    const ask = (with_: typeof left, without: typeof left) =>
      queryOf(
        differenceQuery(sqlNameOf(route), with_, without, shownMax),
        new SqlSession(route.warehouse),
        mine.signal,
      );
    try {
      setSides({ added: await ask(right, left), removed: await ask(left, right) });
      setStage('done');
    } catch (failure) {
      if (!mine.signal.aborted) setError(failure as Error);
      setStage('none');
    }
  };
  return (
    <>
      {stage === 'running' ? (
        <button type="button" class="button small" onClick={() => controller.current?.abort()}>
          Cancel
        </button>
      ) : (
        <button
          type="button"
          class="button small"
          title="Reads both snapshots; of columns that both have"
          onClick={run}
        >
          Rows that differ
        </button>
      )}
      {error && <Failure error={error} />}
      {stage === 'done' && sides && (
        <>
          <Side title="Only in the newer" side={sides.added} />
          <Side title="Only in the older" side={sides.removed} />
        </>
      )}
    </>
  );
}
