import type { Schema } from '../api/types';
import { rowsOf } from '../model/schema';
import { Icon } from '../ui/icons';
import { Empty } from '../ui/parts';
import { DataTable, numbers } from '../ui/table';

/** The columns of a schema; what is nested is set in. */
export function SchemaTable({ schema, label = 'Schema' }: { schema: Schema; label?: string }) {
  const rows = rowsOf(schema);
  if (rows.length === 0) return <Empty title="No columns" />;
  const hasDefaults = rows.some(
    (row) => row.initialDefault !== undefined || row.writeDefault !== undefined,
  );
  const hasDocs = rows.some((row) => row.doc !== '');
  return (
    <DataTable
      label={label}
      columns={[
        numbers('Id'),
        'Column',
        'Type',
        'Null',
        hasDefaults && 'Default',
        hasDocs && 'Comment',
      ]}
    >
      {rows.map((row) => (
        <tr key={row.id} class={row.depth > 0 ? 'nested' : ''}>
          <td class="number quiet">{row.id}</td>
          <th scope="row" class={`column-name depth-${Math.min(row.depth, 8)}`} title={row.path}>
            {row.name}
            {row.isIdentifier && (
              <span class="chip" title="one of the fields that identify a row">
                <Icon name="key" />
                id
              </span>
            )}
          </th>
          <td class="mono type">{row.type}</td>
          <td>
            {row.required ? (
              <span class="badge">required</span>
            ) : (
              <span class="quiet">optional</span>
            )}
          </td>
          {hasDefaults && (
            <td class="mono">
              {row.writeDefault ?? ''}
              {row.initialDefault !== undefined && row.initialDefault !== row.writeDefault && (
                <span class="quiet"> (rows before: {row.initialDefault})</span>
              )}
            </td>
          )}
          {hasDocs && <td class="doc">{row.doc}</td>}
        </tr>
      ))}
    </DataTable>
  );
}
