/** Schemas as rows of a table, and what changed from one to the next. */
import type {
  Field,
  IcebergType,
  PartitionSpec,
  Schema,
  SortOrder,
  TableMetadata,
} from '../api/types';

export interface SchemaRow {
  id: number;
  /** Its own name: "element", "key" and "value" below lists and maps. */
  name: string;
  path: string;
  depth: number;
  type: string;
  required: boolean;
  isIdentifier: boolean;
  doc: string;
  initialDefault: string | undefined;
  writeDefault: string | undefined;
  hasChildren: boolean;
}

/** "list<struct>", "map<string, long>": what is inside of a struct is in rows of its own. */
export function typeText(type: IcebergType): string {
  if (typeof type === 'string') return type;
  switch (type.type) {
    case 'struct':
      return 'struct';
    case 'list':
      return `list<${typeText(type.element)}>`;
    case 'map':
      return `map<${typeText(type.key)}, ${typeText(type.value)}>`;
  }
}

function childrenOf(type: IcebergType): Field[] {
  if (typeof type === 'string') return [];
  switch (type.type) {
    case 'struct':
      return type.fields;
    case 'list':
      return [
        {
          id: type['element-id'],
          name: 'element',
          required: type['element-required'],
          type: type.element,
        },
      ];
    case 'map':
      return [
        { id: type['key-id'], name: 'key', required: true, type: type.key },
        { id: type['value-id'], name: 'value', required: type['value-required'], type: type.value },
      ];
  }
}

function defaultText(value: unknown): string | undefined {
  return value === undefined || value === null
    ? undefined
    : typeof value === 'string'
      ? value
      : JSON.stringify(value);
}

/** Every field, each after the one it is in. */
export function rowsOf(schema: Schema): SchemaRow[] {
  const identifiers = new Set(schema['identifier-field-ids'] ?? []);
  const rows: SchemaRow[] = [];
  const add = (field: Field, depth: number, prefix: string) => {
    const path = prefix === '' ? field.name : `${prefix}.${field.name}`;
    const children = childrenOf(field.type);
    rows.push({
      id: field.id,
      name: field.name,
      path,
      depth,
      type: typeText(field.type),
      required: field.required,
      isIdentifier: identifiers.has(field.id),
      doc: field.doc ?? '',
      initialDefault: defaultText(field['initial-default']),
      writeDefault: defaultText(field['write-default']),
      hasChildren: children.length > 0,
    });
    for (const child of children) add(child, depth + 1, path);
  };
  for (const field of schema.fields) add(field, 0, '');
  return rows;
}

/** The full name of a field in the schema that has it, the newest first. */
export function fieldName(schemas: Schema[], id: number | undefined): string {
  for (const schema of [...schemas].reverse()) {
    const row = rowsOf(schema).find((one) => one.id === id);
    if (row !== undefined) return row.path;
  }
  return id === undefined ? '?' : `field ${id}`;
}

/** In words: what `to` has that `from` has not, by field ids. */
export function schemaChanges(from: Schema, to: Schema): string[] {
  const before = new Map(rowsOf(from).map((row) => [row.id, row]));
  const after = new Map(rowsOf(to).map((row) => [row.id, row]));
  const changes: string[] = [];
  for (const row of after.values()) {
    const old = before.get(row.id);
    if (old === undefined) {
      changes.push(`added ${row.path} ${row.type}`);
      continue;
    }
    if (old.path !== row.path) changes.push(`renamed ${old.path} to ${row.path}`);
    if (old.type !== row.type) changes.push(`${row.path}: ${old.type} became ${row.type}`);
    if (old.required !== row.required)
      changes.push(`${row.path} became ${row.required ? 'required' : 'optional'}`);
    if (old.doc !== row.doc) changes.push(`${row.path}: another comment`);
    if (old.writeDefault !== row.writeDefault)
      changes.push(`${row.path}: default ${row.writeDefault ?? 'removed'}`);
    if (old.isIdentifier !== row.isIdentifier) {
      changes.push(
        `${row.path} ${row.isIdentifier ? 'is now an identifier' : 'is no identifier any more'}`,
      );
    }
  }
  for (const row of before.values()) {
    if (!after.has(row.id)) changes.push(`dropped ${row.path}`);
  }
  const order = (schema: Schema, other: Map<number, SchemaRow>) =>
    schema.fields.filter((field) => other.has(field.id)).map((field) => field.id);
  if (changes.length === 0 && order(from, after).join() !== order(to, before).join())
    changes.push('columns reordered');
  return changes;
}

function sourceText(
  schemas: Schema[],
  field: { 'source-id'?: number; 'source-ids'?: number[]; transform: string },
): string {
  const ids = field['source-ids'] ?? (field['source-id'] === undefined ? [] : [field['source-id']]);
  const names = ids.map((id) => fieldName(schemas, id)).join(', ');
  if (field.transform === 'identity') return names;
  const parameter = /^(\w+)\[(\d+)\]$/.exec(field.transform);
  return parameter ? `${parameter[1]}(${names}, ${parameter[2]})` : `${field.transform}(${names})`;
}

/** "day(ts)", "bucket(id, 16)", "region"; as CREATE TABLE takes them. */
export function partitionTerms(schemas: Schema[], spec: PartitionSpec): string[] {
  return spec.fields.map((field) => sourceText(schemas, field));
}

/** "region ASC NULLS FIRST" */
export function sortTerms(schemas: Schema[], order: SortOrder): string[] {
  return order.fields.map(
    (field) =>
      `${sourceText(schemas, field)} ${field.direction.toUpperCase()} ${field['null-order'] === 'nulls-first' ? 'NULLS FIRST' : 'NULLS LAST'}`,
  );
}

/** The one that rows are written with; without columns if there is none. */
export function currentSchema(metadata: TableMetadata): Schema {
  return (
    metadata.schemas.find(
      (schema) => (schema['schema-id'] ?? 0) === metadata['current-schema-id'],
    ) ?? { fields: [] }
  );
}

/** Columns as a snapshot has them: of its own schema, or the table's where it does not say. */
export function fieldsAt(metadata: TableMetadata, schemaId: number | null): Field[] {
  const schema = metadata.schemas.find((one) => (one['schema-id'] ?? 0) === schemaId);
  return (schema ?? currentSchema(metadata)).fields;
}
