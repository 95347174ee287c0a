/** A table at a glance: figures, columns, how its rows are laid out. */
import { type LoadedTable, sameId, type TableMetadata } from '../../api/types';
import { bytesText, numberText, shortNumber } from '../../model/format';
import { currentSchema, partitionTerms, schemaChanges, sortTerms } from '../../model/schema';
import { summaryNumber } from '../../model/timeline';
import { Card, Code, Empty, Tile, Tiles, Time } from '../../ui/parts';
import { SchemaTable } from '../schema_table';

function Figures({ metadata }: { metadata: TableMetadata }) {
  const snapshot = metadata.snapshots?.find((one) =>
    sameId(one['snapshot-id'], metadata['current-snapshot-id']),
  );
  const summary = snapshot?.summary ?? {};
  const deletes = summaryNumber(summary, 'total-delete-files') ?? 0;
  const files = snapshot === undefined ? 0 : summaryNumber(summary, 'total-data-files');
  const rows = snapshot === undefined ? 0 : summaryNumber(summary, 'total-records');
  const bytes = snapshot === undefined ? 0 : summaryNumber(summary, 'total-files-size');
  return (
    <Tiles>
      <Tile
        label="Rows"
        value={<span title={numberText(rows)}>{shortNumber(rows)}</span>}
        hint={deletes > 0 ? 'before deletes' : undefined}
      />
      <Tile label="Size" value={bytesText(bytes)} />
      <Tile
        label="Files"
        value={shortNumber(files)}
        hint={deletes > 0 ? `and ${numberText(deletes)} of deletes` : undefined}
      />
      <Tile label="Columns" value={numberText(currentSchema(metadata).fields.length)} />
      <Tile
        label="Last commit"
        value={snapshot ? summary.operation || 'unknown' : 'none'}
        hint={snapshot ? <Time at={snapshot['timestamp-ms']} /> : undefined}
      />
    </Tiles>
  );
}

function Terms({ terms, none }: { terms: string[]; none: string }) {
  if (terms.length === 0) return <span class="quiet">{none}</span>;
  return (
    <>
      {terms.map((term) => (
        <code key={term} class="term">
          {term}
        </code>
      ))}
    </>
  );
}

function Layout({ metadata }: { metadata: TableMetadata }) {
  const { schemas } = metadata;
  const specs = [...metadata['partition-specs']].sort(
    (left, right) => right['spec-id'] - left['spec-id'],
  );
  const orders = [...metadata['sort-orders']].sort(
    (left, right) => right['order-id'] - left['order-id'],
  );
  const spec = specs.find((one) => one['spec-id'] === metadata['default-spec-id']);
  const order = orders.find((one) => one['order-id'] === metadata['default-sort-order-id']);
  const oldSpecs = specs.filter((one) => one !== spec);
  const oldOrders = orders.filter((one) => one !== order);
  return (
    <div class="columns">
      <Card title="Partitioning">
        <p class="terms">
          <Terms terms={spec ? partitionTerms(schemas, spec) : []} none="not partitioned" />
        </p>
        {oldSpecs.length > 0 && (
          <details>
            <summary>{`Earlier specs (${oldSpecs.length})`}</summary>
            <ul class="history">
              {oldSpecs.map((one) => (
                <li key={one['spec-id']}>
                  <span class="chip">{one['spec-id']}</span>
                  <Terms terms={partitionTerms(schemas, one)} none="not partitioned" />
                </li>
              ))}
            </ul>
          </details>
        )}
      </Card>
      <Card title="Sort order">
        <p class="terms">
          <Terms terms={order ? sortTerms(schemas, order) : []} none="not sorted" />
        </p>
        {oldOrders.length > 0 && (
          <details>
            <summary>{`Other orders (${oldOrders.length})`}</summary>
            <ul class="history">
              {oldOrders.map((one) => (
                <li key={one['order-id']}>
                  <span class="chip">{one['order-id']}</span>
                  <Terms terms={sortTerms(schemas, one)} none="not sorted" />
                </li>
              ))}
            </ul>
          </details>
        )}
      </Card>
    </div>
  );
}

function SchemaHistory({ metadata }: { metadata: TableMetadata }) {
  const schemas = [...metadata.schemas].sort(
    (left, right) => (left['schema-id'] ?? 0) - (right['schema-id'] ?? 0),
  );
  if (schemas.length < 2) return null;
  const steps = schemas.slice(1).map((schema, i) => ({
    id: schema['schema-id'] ?? 0,
    changes: schemaChanges(schemas[i] ?? schema, schema),
  }));
  return (
    <details class="schema-history">
      <summary>{`Earlier schemas (${schemas.length - 1})`}</summary>
      <ul class="history">
        {steps.reverse().map((step) => (
          <li key={step.id}>
            <span class="chip">{step.id}</span>
            {step.changes.length === 0 ? (
              <span class="quiet">no difference</span>
            ) : (
              step.changes.join(' · ')
            )}
          </li>
        ))}
      </ul>
    </details>
  );
}

export function Overview({ table }: { table: LoadedTable }) {
  const { metadata } = table;
  const schema = currentSchema(metadata);
  const comment = metadata.properties?.comment;
  return (
    <>
      {comment && <p class="lead">{comment}</p>}
      <Figures metadata={metadata} />
      <Card
        title="Columns"
        actions={<span class="quiet">{`schema ${metadata['current-schema-id']}`}</span>}
      >
        {schema.fields.length === 0 ? (
          <Empty title="No columns" />
        ) : (
          <SchemaTable schema={schema} />
        )}
        <SchemaHistory metadata={metadata} />
      </Card>
      <Layout metadata={metadata} />
      <Card title="Location">
        <Code text={metadata.location} label="Copy the location" />
      </Card>
    </>
  );
}
