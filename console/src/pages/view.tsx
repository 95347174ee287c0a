import { useState } from 'preact/hooks';
import { api, type Place } from '../api/catalog';
import type { LoadedView, ViewVersion } from '../api/types';
import { namespaceText } from '../model/route';
import { engineOf } from '../model/timeline';
import { useData } from '../ui/data';
import { Card, Code, Empty, Failure, PageHead, Skeleton, Snippet, Time } from '../ui/parts';
import { DataTable, Fact, Properties, unseen } from '../ui/table';
import { SchemaTable } from './schema_table';

function Sql({ version }: { version: ViewVersion }) {
  if (version.representations.length === 0) return <Empty title="This version has no text" />;
  return (
    <>
      {version.representations.map((one) => (
        <div key={`${one.type} ${one.dialect}`} class="dialect">
          <h3>{one.dialect || one.type}</h3>
          <Snippet text={one.sql} label={`SQL for ${one.dialect || one.type}`} />
        </div>
      ))}
      <p class="quiet">
        Names without a namespace are of{' '}
        <code>
          {[version['default-catalog'], namespaceText(version['default-namespace'] ?? [])]
            .filter(Boolean)
            .join('.') || 'the reader’s own'}
        </code>
      </p>
    </>
  );
}

function Versions({
  view,
  chosen,
  choose,
}: {
  view: LoadedView;
  chosen: number;
  choose: (id: number) => void;
}) {
  const { versions, 'current-version-id': current } = view.metadata;
  const newestFirst = [...versions].sort(
    (left, right) => right['timestamp-ms'] - left['timestamp-ms'],
  );
  return (
    <DataTable label="Versions" columns={['Version', 'When', 'Dialects', 'By', unseen('Show')]}>
      {newestFirst.map((version) => (
        <tr key={version['version-id']} class={version['version-id'] === chosen ? 'chosen' : ''}>
          <th scope="row">
            {version['version-id']}{' '}
            {version['version-id'] === current && <span class="chip">current</span>}
          </th>
          <td>
            <Time at={version['timestamp-ms']} />
          </td>
          <td>{version.representations.map((one) => one.dialect).join(', ')}</td>
          <td class="quiet">{engineOf(version.summary ?? {})}</td>
          <td class="number">
            <button
              type="button"
              class="button small"
              disabled={version['version-id'] === chosen}
              onClick={() => choose(version['version-id'])}
            >
              Show
            </button>
          </td>
        </tr>
      ))}
    </DataTable>
  );
}

function Loaded({ view }: { view: LoadedView }) {
  const { metadata } = view;
  const [chosen, setChosen] = useState(metadata['current-version-id']);
  const version =
    metadata.versions.find((one) => one['version-id'] === chosen) ??
    metadata.versions.find((one) => one['version-id'] === metadata['current-version-id']);
  const schema = metadata.schemas.find((one) => (one['schema-id'] ?? 0) === version?.['schema-id']);
  return (
    <>
      <Card title={version ? `SQL of version ${version['version-id']}` : 'SQL'}>
        {version ? <Sql version={version} /> : <Empty title="No versions" />}
      </Card>
      <Card title="Columns">
        {schema ? <SchemaTable schema={schema} label="Columns" /> : <Empty title="No schema" />}
      </Card>
      <Card title="Versions">
        <Versions view={view} chosen={version?.['version-id'] ?? -1} choose={setChosen} />
      </Card>
      <Card title="Properties">
        <Properties values={metadata.properties ?? {}} what="view" />
      </Card>
      <Card title="Metadata">
        <DataTable label="Metadata">
          <Fact name="UUID">
            <Code text={metadata['view-uuid']} label="Copy the UUID" />
          </Fact>
          <Fact name="Location">
            <Code text={metadata.location} label="Copy the location" />
          </Fact>
          {view['metadata-location'] && (
            <Fact name="Metadata file">
              <Code text={view['metadata-location']} label="Copy the metadata file" />
            </Fact>
          )}
        </DataTable>
      </Card>
    </>
  );
}

export function ViewPage({ place }: { place: Place }) {
  const key = `view ${JSON.stringify([place.warehouse, place.namespace, place.name])}`;
  const view = useData(key, (signal) => api.view(place, signal));
  return (
    <>
      <PageHead icon="view" title={place.name}>
        view in {namespaceText(place.namespace)}
      </PageHead>
      {view.value ? (
        <Loaded key={key} view={view.value} />
      ) : view.error ? (
        <Failure error={view.error} retry={view.reload} />
      ) : (
        <Skeleton lines={8} />
      )}
    </>
  );
}
