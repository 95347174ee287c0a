/** Commits of many tables, the newest first. */
import type { Commit } from '../api/types';
import { changeText, countText } from '../model/format';
import { namespaceText } from '../model/route';
import { Operation, Time } from '../ui/parts';
import { Link } from '../ui/router';
import { DataTable, numbers } from '../ui/table';

export interface CommitOf extends Commit {
  warehouse: string;
}

function Rows({ commit }: { commit: Commit }) {
  const added = commit.added_rows ?? 0;
  const deleted = commit.deleted_rows ?? 0;
  if (added === 0 && deleted === 0) return <span class="quiet">no rows</span>;
  return (
    <>
      {added !== 0 && <span class="plus">{changeText(added)}</span>}{' '}
      {deleted !== 0 && <span class="minus">{changeText(-deleted)}</span>}
    </>
  );
}

function filesText(commit: Commit): string {
  const parts: string[] = [];
  if (commit.added_files) parts.push(`+${countText(commit.added_files, 'file')}`);
  if (commit.removed_files) parts.push(`−${countText(commit.removed_files, 'file')}`);
  return parts.join(', ');
}

export function Commits({
  commits,
  showsWarehouse,
}: {
  commits: CommitOf[];
  showsWarehouse: boolean;
}) {
  const hasEngines = commits.some((commit) => commit.engine !== '');
  return (
    <DataTable
      label="Recent commits"
      columns={['When', 'Table', 'Operation', numbers('Rows'), 'Files', hasEngines && 'By']}
    >
      {commits.map((commit) => (
        <tr key={`${commit.warehouse} ${commit.table} ${commit.snapshot_id}`}>
          <td class="nowrap">
            <Time at={commit.timestamp_ms} />
          </td>
          <th scope="row">
            <Link
              to={{
                page: 'table',
                warehouse: commit.warehouse,
                namespace: commit.namespace,
                name: commit.table,
                tab: 'snapshots',
              }}
            >
              {showsWarehouse ? `${commit.warehouse} · ` : ''}
              {namespaceText([...commit.namespace, commit.table])}
            </Link>
          </th>
          <td>
            <Operation name={commit.operation} />
          </td>
          <td class="number nowrap">
            <Rows commit={commit} />
          </td>
          <td class="nowrap quiet">{filesText(commit)}</td>
          {hasEngines && (
            <td class="engine quiet" title={commit.engine}>
              {commit.engine}
            </td>
          )}
        </tr>
      ))}
    </DataTable>
  );
}
