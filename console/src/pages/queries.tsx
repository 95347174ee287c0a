/** Queries as they run, of all who use this server's SQL. */
import { useState } from 'preact/hooks';
import { queriesApi, type RunningQuery } from '../api/sql';
import { numberText } from '../model/format';
import { secondsText } from '../model/jobs';
import type { Data } from '../ui/data';
import { Card } from '../ui/parts';
import { DataTable, numbers, unseen } from '../ui/table';

export const runningQueriesEveryMs = 2000;

function Row({ query, onChange }: { query: RunningQuery; onChange: () => void }) {
  const [error, setError] = useState('');
  const cancel = async () => {
    try {
      await queriesApi.cancel(query.queryId);
      onChange();
    } catch (failure) {
      setError((failure as Error).message);
    }
  };
  return (
    <tr>
      <td>
        <span class={`badge job-state ${query.state === 'QUEUED' ? 'queued' : 'running'}`}>
          {query.state.toLowerCase()}
        </span>
      </td>
      <th scope="row" class="job-name">
        <code title={query.query}>{query.query.slice(0, 120)}</code>
      </th>
      <td>{query.session.user}</td>
      <td class="number nowrap">{numberText(query.queryStats.processedInputPositions)}</td>
      <td class="number nowrap">{secondsText(query.queryStats.elapsedTimeMillis / 1000)}</td>
      <td>
        <button
          type="button"
          class="button small"
          aria-label={`Cancel ${query.queryId}`}
          onClick={cancel}
        >
          Cancel
        </button>
        {error !== '' && (
          <span class="error-cell" role="alert">
            {error}
          </span>
        )}
      </td>
    </tr>
  );
}

export function RunningQueries({ queries }: { queries: Data<RunningQuery[]> }) {
  const running = queries.value ?? [];
  if (running.length === 0) return null;
  return (
    <Card title="Running queries">
      <DataTable
        label="Queries"
        columns={[
          'State',
          'Statement',
          'User',
          numbers('Rows read'),
          numbers('Since'),
          unseen('What can be done'),
        ]}
      >
        {running.map((query) => (
          <Row key={query.queryId} query={query} onChange={queries.reload} />
        ))}
      </DataTable>
    </Card>
  );
}
