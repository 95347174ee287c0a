/** Ids of 64 bits come as text or, if they are small, as numbers: compare them with sameId(). */
export type Id = string | number;

export function sameId(left: Id | null | undefined, right: Id | null | undefined): boolean {
  return left != null && right != null && String(left) === String(right);
}

export type Summary = Record<string, string>;

// --- the browse API, /api/v1 -----------------------------------------------------------------------------------------

export interface Warehouse {
  name: string;
  location: string;
  is_default: boolean;
}

export interface Warehouses {
  warehouses: Warehouse[];
  version: string;
  authenticates: boolean;
}

export interface Commit {
  namespace: string[];
  table: string;
  snapshot_id: Id;
  timestamp_ms: number;
  operation: string;
  added_rows: number | null;
  deleted_rows: number | null;
  added_files: number | null;
  removed_files: number | null;
  engine: string;
}

export interface Overview {
  warehouse: string;
  namespaces: number;
  tables: number;
  views: number;
  tables_read: number;
  rows: number;
  files: number;
  bytes: number;
  commits: Commit[];
  is_complete: boolean;
}

export interface Stats {
  commits: number;
  commits_per_second: number[];
  ends_ms: number;
}

export interface Hit {
  kind: 'namespace' | 'table' | 'view';
  namespace: string[];
  name: string;
}

export interface TableRow {
  name: string;
  error?: string;
  format_version?: number;
  updated_ms?: number;
  columns?: number;
  partitioning?: { name: string; transform: string; source: string }[];
  snapshots?: number;
  rows?: number | null;
  files?: number | null;
  bytes?: number | null;
  delete_files?: number | null;
}

export interface TablePage {
  tables: TableRow[];
  total: number;
  next_page_token: string | null;
}

export interface DroppedTable {
  id: string;
  name: string;
  dropped_ms: number;
  expires_ms: number;
  purges: boolean;
}

export interface RefName {
  name: string;
  type: 'branch' | 'tag';
}

export interface SnapshotRow {
  id: Id;
  parent_id: Id | null;
  sequence_number: number;
  timestamp_ms: number;
  operation: string;
  schema_id: number | null;
  manifest_list: string;
  summary: Summary;
  refs: RefName[];
  is_current_ancestor: boolean;
}

export interface SnapshotPage {
  snapshots: SnapshotRow[];
  total: number;
  current_snapshot_id: Id | null;
  next_page_token: Id | null;
}

export interface Sums {
  files: number;
  rows: number;
  bytes: number;
}

export interface SizeClass extends Sums {
  bytes_from: number;
  bytes_below: number;
}

export interface FileSummary {
  snapshot_id: Id | null;
  data: Sums;
  position_deletes: Sums;
  deletion_vectors: Sums;
  equality_deletes: Sums;
  sizes: SizeClass[];
  target_bytes: number;
  small: Sums;
  files_saved_by_compaction: number;
  partitions: number;
  is_complete: boolean;
}

export interface PartitionValue {
  name: string;
  value: string | null;
}

export interface FileRow {
  path: string;
  content: 'data' | 'position-deletes' | 'deletion-vector' | 'equality-deletes';
  format: string;
  spec_id: number;
  partition: PartitionValue[];
  rows: number;
  bytes: number;
  snapshot_id: Id | null;
  sequence_number: number | null;
  referenced_data_file: string | null;
  is_encrypted: boolean;
}

export interface FilePage {
  snapshot_id: Id | null;
  files: FileRow[];
  next_page_token: string | null;
}

export interface PartitionRow {
  spec_id: number;
  partition: PartitionValue[];
  path: string;
  rows: number;
  files: number;
  bytes: number;
  small_files: number;
  files_saved_by_compaction: number;
  delete_files: number;
  delete_rows: number;
  updated_ms: number | null;
}

export interface PartitionPage {
  snapshot_id: Id | null;
  partitions: PartitionRow[];
  total: number;
  bytes_max: number;
  is_complete: boolean;
  next_page_token: string | null;
}

// --- Iceberg's documents, as its REST catalog gives them ---------------------------------------------------------

export type IcebergType =
  | string
  | { type: 'struct'; fields: Field[] }
  | { type: 'list'; 'element-id': number; element: IcebergType; 'element-required': boolean }
  | {
      type: 'map';
      'key-id': number;
      key: IcebergType;
      'value-id': number;
      value: IcebergType;
      'value-required': boolean;
    };

export interface Field {
  id: number;
  name: string;
  required: boolean;
  type: IcebergType;
  doc?: string;
  'initial-default'?: unknown;
  'write-default'?: unknown;
}

export interface Schema {
  'schema-id'?: number;
  'identifier-field-ids'?: number[];
  fields: Field[];
}

export interface PartitionSpec {
  'spec-id': number;
  fields: {
    'source-id'?: number;
    'source-ids'?: number[];
    'field-id': number;
    name: string;
    transform: string;
  }[];
}

export interface SortOrder {
  'order-id': number;
  fields: {
    'source-id'?: number;
    'source-ids'?: number[];
    transform: string;
    direction: 'asc' | 'desc';
    'null-order': 'nulls-first' | 'nulls-last';
  }[];
}

export interface Ref {
  'snapshot-id': Id;
  type: 'branch' | 'tag';
  'max-ref-age-ms'?: number;
  'max-snapshot-age-ms'?: number;
  'min-snapshots-to-keep'?: number;
}

export interface Snapshot {
  'snapshot-id': Id;
  'timestamp-ms': number;
  summary?: Summary;
}

export interface StatisticsFile {
  'snapshot-id': Id;
  'statistics-path': string;
  'file-size-in-bytes': number;
  'blob-metadata'?: { type: string; fields: number[]; properties?: Record<string, string> }[];
}

export interface TableMetadata {
  'format-version': number;
  'table-uuid': string;
  location: string;
  'last-updated-ms': number;
  'last-sequence-number'?: number;
  'last-column-id': number;
  'next-row-id'?: number;
  schemas: Schema[];
  'current-schema-id': number;
  'partition-specs': PartitionSpec[];
  'default-spec-id': number;
  'sort-orders': SortOrder[];
  'default-sort-order-id': number;
  properties?: Record<string, string>;
  'current-snapshot-id'?: Id | null;
  snapshots?: Snapshot[];
  refs?: Record<string, Ref>;
  'metadata-log'?: { 'timestamp-ms': number; 'metadata-file': string }[];
  statistics?: StatisticsFile[];
  'partition-statistics'?: {
    'snapshot-id': Id;
    'statistics-path': string;
    'file-size-in-bytes': number;
  }[];
}

export interface LoadedTable {
  'metadata-location'?: string;
  metadata: TableMetadata;
}

export interface ViewVersion {
  'version-id': number;
  'timestamp-ms': number;
  'schema-id': number;
  summary?: Record<string, string>;
  representations: { type: string; sql: string; dialect: string }[];
  'default-catalog'?: string;
  'default-namespace'?: string[];
}

export interface ViewMetadata {
  'view-uuid': string;
  'format-version': number;
  location: string;
  'current-version-id': number;
  versions: ViewVersion[];
  'version-log': { 'timestamp-ms': number; 'version-id': number }[];
  schemas: Schema[];
  properties?: Record<string, string>;
}

export interface LoadedView {
  'metadata-location'?: string;
  metadata: ViewMetadata;
}

export interface Ident {
  namespace: string[];
  name: string;
}
