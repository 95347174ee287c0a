/** The first rows of a source, and what shall become of its columns. */
import type { Preview } from '../api/service';
import { type ColumnEdit, columnTypes } from '../model/load_request';
import { Card, Hint } from '../ui/parts';
import { ResultGrid } from '../ui/result_grid';
import { DataTable } from '../ui/table';

function Row({ edit, change }: { edit: ColumnEdit; change: (edit: ColumnEdit) => void }) {
  const types = [...new Set([edit.sourceType, edit.type, ...columnTypes])];
  const { source } = edit;
  return (
    <tr class={edit.isTaken ? '' : 'left-out'}>
      <td>
        <input
          type="checkbox"
          aria-label={`Take ${source}`}
          checked={edit.isTaken}
          onChange={() => change({ ...edit, isTaken: !edit.isTaken })}
        />
      </td>
      <th scope="row" class="mono">
        {source}
      </th>
      <td>
        <input
          aria-label={`Name of ${source}`}
          value={edit.name}
          disabled={!edit.isTaken}
          spellcheck={false}
          onInput={(event) => change({ ...edit, name: event.currentTarget.value })}
        />
      </td>
      <td>
        <select
          aria-label={`Type of ${source}`}
          value={edit.type}
          disabled={!edit.isTaken}
          onChange={(event) => change({ ...edit, type: event.currentTarget.value })}
        >
          {types.map((type) => (
            <option key={type}>{type}</option>
          ))}
        </select>
      </td>
      <td>
        <input
          aria-label={`Comment on ${source}`}
          value={edit.comment}
          disabled={!edit.isTaken}
          onInput={(event) => change({ ...edit, comment: event.currentTarget.value })}
        />
      </td>
    </tr>
  );
}

export function LoadColumns({
  preview,
  edits,
  setEdits,
}: {
  preview: Preview;
  edits: ColumnEdit[];
  setEdits: (edits: ColumnEdit[]) => void;
}) {
  const columns = preview.columns.map(({ name, type }) => ({
    name,
    // As results call them: what is a number stands at the right.
    type: type === 'long' ? 'bigint' : type === 'int' ? 'integer' : type,
  }));
  return (
    <>
      <Card
        title="First rows"
        actions={
          <span class="quiet">
            {`${preview.rows.length} rows${preview.is_whole ? ', all there are' : ''} · ${preview.format}`}
          </span>
        }
      >
        {preview.note !== '' && <Hint>{preview.note}</Hint>}
        {preview.rejects.length > 0 && (
          <div class="failure" role="alert">
            <div>
              <p class="failure-title">Some rows do not parse</p>
              {preview.rejects.map((one) => (
                <p key={one}>{one}</p>
              ))}
            </div>
          </div>
        )}
        <ResultGrid columns={columns} rows={preview.rows} />
      </Card>
      <Card title="Columns">
        <DataTable
          label="Columns of the load"
          columns={['Take', 'In the source', 'Name', 'Type', 'Comment']}
        >
          {edits.map((edit, i) => (
            <Row
              key={edit.source}
              edit={edit}
              change={(changed) => setEdits(edits.map((other, at) => (at === i ? changed : other)))}
            />
          ))}
        </DataTable>
      </Card>
    </>
  );
}
