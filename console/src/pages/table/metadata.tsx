/** What else the metadata file says: ids, its own history, statistics files. */
import type { LoadedTable, TableMetadata } from '../../api/types';
import { bytesText, numberText } from '../../model/format';
import { fieldName } from '../../model/schema';
import { Card, Code, Empty, ExactTime } from '../../ui/parts';
import { DataTable, Fact, numbers } from '../../ui/table';
import { Refs } from './snapshots';

function Identity({ table }: { table: LoadedTable }) {
  const { metadata } = table;
  const rows: [string, string | undefined, boolean][] = [
    ['UUID', metadata['table-uuid'], true],
    ['Location', metadata.location, true],
    ['Metadata file', table['metadata-location'], true],
    ['Format version', String(metadata['format-version']), false],
    ['Last sequence number', numberText(metadata['last-sequence-number'] ?? 0), false],
    ['Last column id', numberText(metadata['last-column-id']), false],
    [
      'Next row id',
      metadata['next-row-id'] === undefined ? undefined : numberText(metadata['next-row-id']),
      false,
    ],
  ];
  return (
    <Card title="Identity">
      <DataTable label="Identity">
        {rows.map(([name, value, isCopied]) =>
          value === undefined ? null : (
            <Fact key={name} name={name}>
              {isCopied ? <Code text={value} label={`Copy: ${name}`} /> : value}
            </Fact>
          ),
        )}
        <Fact name="Changed">
          <ExactTime at={metadata['last-updated-ms']} />
        </Fact>
      </DataTable>
    </Card>
  );
}

function Log({ metadata }: { metadata: TableMetadata }) {
  const entries = [...(metadata['metadata-log'] ?? [])].reverse();
  return (
    <Card title="Earlier metadata files">
      {entries.length === 0 ? (
        <Empty title="None: this is the first one that is kept" />
      ) : (
        <DataTable label="Earlier metadata files" columns={['Written', 'File']}>
          {entries.map((entry) => (
            <tr key={entry['metadata-file']}>
              <td>
                <ExactTime at={entry['timestamp-ms']} />
              </td>
              <td>
                <Code text={entry['metadata-file']} label="Copy the path" />
              </td>
            </tr>
          ))}
        </DataTable>
      )}
    </Card>
  );
}

function Statistics({ metadata }: { metadata: TableMetadata }) {
  const files = metadata.statistics ?? [];
  const partitions = metadata['partition-statistics'] ?? [];
  return (
    <Card title="Statistics files">
      {files.length + partitions.length === 0 ? (
        <Empty title="None">
          <code>tarn maintain stats</code> counts distinct values, for better plans.
        </Empty>
      ) : (
        <DataTable
          label="Statistics files"
          columns={['Snapshot', 'Of', numbers('Distinct values'), numbers('Size'), 'File']}
        >
          {files.map((file) => {
            const blobs = file['blob-metadata'] ?? [];
            return (
              <tr key={file['statistics-path']}>
                <td class="mono">{String(file['snapshot-id'])}</td>
                <td>
                  {blobs.map((blob, i) => (
                    <div key={i} title={blob.type}>
                      {blob.fields.map((id) => fieldName(metadata.schemas, id)).join(', ')}
                    </div>
                  ))}
                </td>
                <td class="number">
                  {blobs.map((blob, i) => (
                    <div key={i}>{numberText(blob.properties?.ndv)}</div>
                  ))}
                </td>
                <td class="number nowrap">{bytesText(file['file-size-in-bytes'])}</td>
                <td>
                  <Code text={file['statistics-path']} label="Copy the path" />
                </td>
              </tr>
            );
          })}
          {partitions.map((file) => (
            <tr key={file['statistics-path']}>
              <td class="mono">{String(file['snapshot-id'])}</td>
              <td>partitions</td>
              <td />
              <td class="number nowrap">{bytesText(file['file-size-in-bytes'])}</td>
              <td>
                <Code text={file['statistics-path']} label="Copy the path" />
              </td>
            </tr>
          ))}
        </DataTable>
      )}
    </Card>
  );
}

export function Metadata({ table }: { table: LoadedTable }) {
  return (
    <>
      <Identity table={table} />
      <Refs table={table} />
      <Statistics metadata={table.metadata} />
      <Log metadata={table.metadata} />
    </>
  );
}
