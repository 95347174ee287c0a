/** Results of queries: their cells as text, as CSV, and what of them makes a chart. */
export interface ResultColumn {
  name: string;
  type: string;
}

export type Cell = unknown;
export type ResultRow = Cell[];

/** What is shown for a value; numbers of 64 bits are text already. */
export function cellText(value: Cell): string {
  if (value === null || value === undefined) return 'NULL';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function csvField(value: Cell): string {
  if (value === null || value === undefined) return '';
  const text = cellText(value);
  // An empty text is in quotes, so that it is not taken for NULL.
  return text === '' || /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** RFC 4180. */
export function csvOf(columns: ResultColumn[], rows: ResultRow[]): string {
  const lines = [
    columns.map((column) => csvField(column.name)),
    ...rows.map((row) => row.map(csvField)),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}

export function isNumeric(type: string): boolean {
  return /^(tinyint|smallint|integer|bigint|real|double|decimal)/.test(type);
}

export function isTime(type: string): boolean {
  return /^(date|timestamp)/.test(type);
}

export type ChartKind = 'bar' | 'line' | 'scatter';

export interface ChartPlan {
  kind: ChartKind;
  /** Columns by their places. */
  x: number;
  y: number;
}

/** The chart that columns suggest: a line over time, bars of names, points of two numbers; undefined if there are no numbers. */
export function chartPlanOf(columns: ResultColumn[]): ChartPlan | undefined {
  const numbers = columns.flatMap((column, i) => (isNumeric(column.type) ? [i] : []));
  const time = columns.findIndex((column) => isTime(column.type));
  const name = columns.findIndex((column) => /^(varchar|char|boolean)/.test(column.type));
  const [first, second] = numbers;
  if (first === undefined) return undefined;
  if (time >= 0) return { kind: 'line', x: time, y: first };
  if (name >= 0) return { kind: 'bar', x: name, y: first };
  if (second !== undefined) return { kind: 'scatter', x: first, y: second };
  return undefined;
}

export interface ChartPoint {
  x: number;
  y: number;
  label: string;
}

export const chartPointsMax = 2000;
export const chartBarsMax = 60;

/** A value on an axis; undefined if it has none. */
function positionOf(value: Cell, type: string): number | undefined {
  if (value === null || value === undefined) return undefined;
  // "2026-01-31 08:00:00.000 UTC" is how Trino writes times.
  const text = String(value)
    .replace(' ', 'T')
    .replace(/ UTC$/, 'Z')
    .replace(/ ([+-]\d\d:\d\d)$/, '$1');
  const number = isTime(type) ? Date.parse(text) : Number(value);
  return Number.isFinite(number) ? number : undefined;
}

/** What is drawn: as many as there is room for, lines by their x. Bars are where they are in the result. */
export function chartPointsOf(
  plan: ChartPlan,
  columns: ResultColumn[],
  rows: ResultRow[],
): ChartPoint[] {
  const points: ChartPoint[] = [];
  const max = plan.kind === 'bar' ? chartBarsMax : chartPointsMax;
  for (const row of rows) {
    if (points.length === max) break;
    const y = positionOf(row[plan.y], columns[plan.y]?.type ?? '');
    const x =
      plan.kind === 'bar' ? points.length : positionOf(row[plan.x], columns[plan.x]?.type ?? '');
    if (x !== undefined && y !== undefined) points.push({ x, y, label: cellText(row[plan.x]) });
  }
  return plan.kind === 'line' ? points.sort((left, right) => left.x - right.x) : points;
}

/** Round values that span from `min` to `max`. */
export function spanTicks(min: number, max: number, count = 4): number[] {
  const span = max - min || Math.abs(max) || 1;
  const rough = span / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  const first = Math.floor(min / step);
  const last = Math.max(first + 1, Math.ceil(max / step));
  return Array.from({ length: last - first + 1 }, (_, i) =>
    Number(((first + i) * step).toPrecision(12)),
  );
}
