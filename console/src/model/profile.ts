/** Statistics of columns, by queries over a bounded part of a table. */
import type { Field, IcebergType } from '../api/types';

export const profiledRowsMax = 1_000_000;
export const profiledColumnsMax = 60;
export const binsMax = 20;
export const topMax = 6;

export function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`;
}

/** The table's name in Trino's dialect. */
export function sqlNameOf(place: { warehouse: string; namespace: string[]; name: string }): string {
  return [place.warehouse, place.namespace.join('.'), place.name].map(quoted).join('.');
}

export function sampleQuery(table: string, snapshot: string, rows: number): string {
  const version = /^\d+$/.test(snapshot) ? ` FOR VERSION AS OF ${snapshot}` : '';
  return `SELECT * FROM ${table}${version} LIMIT ${rows}`;
}

interface Version {
  /** Of the snapshot. */
  id: string;
  fields: Field[];
}

/** Distinct rows of one snapshot that the other has not, by the columns that both have, under the first one's names. */
export function differenceQuery(
  table: string,
  of: Version,
  without: Version,
  rows: number,
): string {
  const pairs = of.fields.flatMap((field) => {
    const other = without.fields.find((one) => one.id === field.id);
    return other === undefined ? [] : [[quoted(field.name), quoted(other.name)] as const];
  });
  const select = (names: string[], version: Version) =>
    `SELECT ${names.join(', ')} FROM ${table} FOR VERSION AS OF ${BigInt(version.id)}`;
  const left = select(
    pairs.map(([name]) => name),
    of,
  );
  const right = select(
    pairs.map(([, name]) => name),
    without,
  );
  return `${left} EXCEPT ${right} LIMIT ${rows}`;
}

export type ColumnKind = 'number' | 'time' | 'text' | 'other';

export function kindOf(type: IcebergType): ColumnKind {
  if (typeof type !== 'string') return 'other';
  if (/^(int|long|float|double|decimal)/.test(type)) return 'number';
  if (/^(date|timestamp)/.test(type)) return 'time';
  if (/^(string|boolean|uuid)/.test(type)) return 'text';
  return 'other';
}

function bounded(table: string, column: string): string {
  return `(SELECT ${quoted(column)} AS v FROM ${table} LIMIT ${profiledRowsMax})`;
}

/** Of one column: rows, values that are not null, distinct ones, the least and the greatest, and both as numbers. */
export function figuresQuery(table: string, field: Field): string {
  const kind = kindOf(field.type);
  const from = `FROM ${bounded(table, field.name)} AS t`;
  if (kind === 'other') return `SELECT count(*), count(v), NULL, NULL, NULL, NULL, NULL ${from}`;
  const number = (value: string) =>
    kind === 'number'
      ? `CAST(${value} AS double)`
      : kind === 'time'
        ? `to_unixtime(CAST(${value} AS timestamp))`
        : 'NULL';
  return `SELECT count(*), count(v), approx_distinct(v), CAST(min(v) AS varchar), CAST(max(v) AS varchar), ${number('min(v)')}, ${number('max(v)')} ${from}`;
}

export interface Figures {
  rows: number;
  nulls: number;
  distinct: number | undefined;
  min: string | undefined;
  max: string | undefined;
  /** The span of a histogram. */
  from: number | undefined;
  to: number | undefined;
}

function numberOf(value: unknown): number | undefined {
  if (value === null || value === undefined) return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function textOf(value: unknown): string | undefined {
  return value === null || value === undefined ? undefined : String(value);
}

export function figuresOf(row: unknown[]): Figures {
  const rows = numberOf(row[0]) ?? 0;
  const values = numberOf(row[1]) ?? 0;
  const distinct = numberOf(row[2]);
  return {
    rows,
    nulls: rows - values,
    // It is an estimate, and there cannot be more than values.
    distinct: distinct === undefined ? undefined : Math.min(distinct, values),
    min: textOf(row[3]),
    max: textOf(row[4]),
    from: numberOf(row[5]),
    to: numberOf(row[6]),
  };
}

/** Bars of the column's values: of bins of equal width, or of its most frequent values. */
export function barsQuery(table: string, field: Field, figures: Figures): string | undefined {
  const kind = kindOf(field.type);
  const from = `FROM ${bounded(table, field.name)} AS t WHERE v IS NOT NULL`;
  if (kind === 'text')
    return `SELECT CAST(v AS varchar), count(*) ${from} GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT ${topMax}`;
  if (kind === 'other' || figures.from === undefined || figures.to === undefined) return undefined;
  if (!(figures.to > figures.from)) return undefined;
  const value = kind === 'number' ? 'CAST(v AS double)' : 'to_unixtime(CAST(v AS timestamp))';
  const width = (figures.to - figures.from) / binsMax;
  const bin = `CAST(floor((${value} - DOUBLE '${figures.from}') / DOUBLE '${width}') AS bigint)`;
  return `SELECT ${bin}, count(*) ${from} GROUP BY 1 ORDER BY 1`;
}

export interface ProfileBar {
  label: string;
  count: number;
}

export function barsOfRows(field: Field, figures: Figures, rows: unknown[][]): ProfileBar[] {
  if (kindOf(field.type) === 'text')
    return rows.map(([label, count]) => ({ label: String(label), count: Number(count) }));
  const from = figures.from ?? 0;
  const width = ((figures.to ?? 0) - from) / binsMax;
  const isTime = kindOf(field.type) === 'time';
  const text = (value: number) =>
    isTime
      ? new Date(value * 1000).toISOString().slice(0, 16).replace('T', ' ')
      : String(Number(value.toPrecision(4)));
  const bars = Array.from({ length: binsMax }, (_, i) => ({
    label: `${text(from + i * width)} to ${text(from + (i + 1) * width)}`,
    count: 0,
  }));
  for (const [bin, count] of rows) {
    // The greatest value is at the end of the last bin, not in one of its own.
    const bar = bars[Math.min(binsMax - 1, Math.max(0, Number(bin)))];
    if (bar !== undefined) bar.count += Number(count);
  }
  return bars;
}
