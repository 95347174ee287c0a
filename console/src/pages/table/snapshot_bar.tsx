import type { LoadedTable } from '../../api/types';
import { Code } from '../../ui/parts';
import { navigate } from '../../ui/router';
import type { TableRoute } from '../table';

/** Says that an old snapshot is shown, and leads back to the current one. */
export function SnapshotBar({
  route,
  table,
  snapshot,
}: {
  route: TableRoute;
  table: LoadedTable;
  snapshot: string;
}) {
  if (snapshot === '' || snapshot === String(table.metadata['current-snapshot-id'] ?? ''))
    return null;
  return (
    <div class="note">
      <span>
        As of snapshot <Code text={snapshot} label="Copy the snapshot id" />
      </span>
      <button type="button" class="button small" onClick={() => navigate(route)}>
        Show the current one
      </button>
    </div>
  );
}
