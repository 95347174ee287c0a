/** A chart of a result; which one, its columns suggest. */
import { useId, useState } from 'preact/hooks';
import { shortNumber } from '../model/format';
import {
  type ChartKind,
  type ChartPlan,
  type ChartPoint,
  chartBarsMax,
  chartPlanOf,
  chartPointsMax,
  chartPointsOf,
  isNumeric,
  isTime,
  type ResultColumn,
  type ResultRow,
  spanTicks,
} from '../model/result';
import { useWidth } from './charts';
import { Empty, Select } from './parts';

const margin = { top: 10, right: 14, bottom: 26, left: 62 };
const height = 300;

interface Scale {
  ticks: number[];
  at: (value: number) => number;
}

function scaleOf(values: number[], from: number, to: number, isFromZero: boolean): Scale {
  // Not spread into Math.min: there may be many.
  const least = values.reduce((a, b) => Math.min(a, b), isFromZero ? 0 : (values[0] ?? 0));
  const most = values.reduce((a, b) => Math.max(a, b), isFromZero ? 0 : (values[0] ?? 1));
  const ticks = spanTicks(least, most);
  const [first = 0] = ticks;
  const span = (ticks.at(-1) ?? 1) - first || 1;
  return { ticks, at: (value) => from + ((to - from) * (value - first)) / span };
}

function tickText(value: number): string {
  return Math.abs(value) < 10 && !Number.isInteger(value) ? String(value) : shortNumber(value);
}

function Points({ points, x, y }: { points: ChartPoint[]; x: Scale; y: Scale }) {
  return (
    <>
      {points.map((point, i) => (
        <circle key={i} class="dot" cx={x.at(point.x)} cy={y.at(point.y)} r="3">
          <title>{`${point.label}: ${point.y}`}</title>
        </circle>
      ))}
    </>
  );
}

function Bars({ points, slot, y }: { points: ChartPoint[]; slot: number; y: Scale }) {
  const each = Math.max(1, Math.ceil(70 / slot));
  return (
    <>
      {points.map((point, i) => {
        const ends = [y.at(0), y.at(point.y)];
        const left = margin.left + slot * i;
        return (
          <g key={i} class="bar">
            <title>{`${point.label}: ${point.y}`}</title>
            <rect
              x={left + slot * 0.12}
              y={Math.min(...ends)}
              width={slot * 0.76}
              height={Math.max(1, Math.max(...ends) - Math.min(...ends))}
            />
            {i % each === 0 && (
              <text x={left + slot / 2} y={height - 8} text-anchor="middle">
                {point.label.length > 11 ? `${point.label.slice(0, 10)}…` : point.label}
              </text>
            )}
          </g>
        );
      })}
    </>
  );
}

function Plot({
  plan,
  points,
  names,
}: {
  plan: ChartPlan;
  points: ChartPoint[];
  names: [string, string];
}) {
  const [ref, width] = useWidth();
  const id = useId();
  const y = scaleOf(
    points.map((point) => point.y),
    height - margin.bottom,
    margin.top,
    plan.kind === 'bar',
  );
  const right = width - margin.right;
  const x = scaleOf(
    points.map((point) => point.x),
    margin.left,
    right,
    false,
  );
  const ends = [points[0], points.at(-1)];
  const slot = (right - margin.left) / Math.max(1, points.length);
  // A line goes from edge to edge: times have no round values here.
  const span = (ends[1]?.x ?? 1) - (ends[0]?.x ?? 0) || 1;
  const along: Scale =
    plan.kind === 'line'
      ? {
          ticks: [],
          at: (value) => margin.left + ((right - margin.left) * (value - (ends[0]?.x ?? 0))) / span,
        }
      : x;
  const path = points
    .map(
      (one, i) => `${i === 0 ? 'M' : 'L'}${along.at(one.x).toFixed(1)} ${y.at(one.y).toFixed(1)}`,
    )
    .join('');
  return (
    <div class="chart" ref={ref}>
      <svg width={width} height={height} role="img" aria-labelledby={id}>
        <title id={id}>{`${names[1]} by ${names[0]}: ${points.length} values`}</title>
        <g class="grid">
          {y.ticks.map((tick) => (
            <g key={tick}>
              <line x1={margin.left} x2={right} y1={y.at(tick)} y2={y.at(tick)} />
              <text x={margin.left - 8} y={y.at(tick) + 4} text-anchor="end">
                {tickText(tick)}
              </text>
            </g>
          ))}
        </g>
        {plan.kind === 'bar' && <Bars points={points} slot={slot} y={y} />}
        {plan.kind === 'line' && <path class="line" d={path} />}
        {plan.kind !== 'bar' && points.length <= 200 && <Points points={points} x={along} y={y} />}
        {plan.kind === 'scatter' && points.length > 200 && <Points points={points} x={x} y={y} />}
        {plan.kind === 'line' && (
          <g class="axis">
            <text x={margin.left} y={height - 8}>
              {ends[0]?.label.slice(0, 19)}
            </text>
            <text x={right} y={height - 8} text-anchor="end">
              {ends[1]?.label.slice(0, 19)}
            </text>
          </g>
        )}
        {plan.kind === 'scatter' && (
          <g class="axis">
            {x.ticks.map((tick) => (
              <text key={tick} x={x.at(tick)} y={height - 8} text-anchor="middle">
                {tickText(tick)}
              </text>
            ))}
          </g>
        )}
      </svg>
    </div>
  );
}

export function ResultChart({ columns, rows }: { columns: ResultColumn[]; rows: ResultRow[] }) {
  const suggested = chartPlanOf(columns);
  const [chosen, setChosen] = useState<Partial<ChartPlan>>({});
  if (suggested === undefined) {
    return (
      <Empty title="No chart of these columns">
        It takes a number, and beside it a name, a time or another number.
      </Empty>
    );
  }
  const plan = { ...suggested, ...chosen };
  const points = chartPointsOf(plan, columns, rows);
  const choices = columns.map((column, i) => ({ value: String(i), label: column.name, i }));
  const isAxis = (i: number) => {
    const type = columns[i]?.type ?? '';
    return plan.kind === 'bar' || isNumeric(type) || isTime(type);
  };
  const max = plan.kind === 'bar' ? chartBarsMax : chartPointsMax;
  return (
    <>
      <div class="chart-choices">
        <Select<ChartKind>
          label="Chart"
          value={plan.kind}
          choices={[
            { value: 'bar', label: 'bars' },
            { value: 'line', label: 'line' },
            { value: 'scatter', label: 'points' },
          ]}
          onChange={(kind) => setChosen({ ...chosen, kind })}
        />
        <Select
          label="Across"
          value={String(plan.x)}
          choices={choices.filter((one) => isAxis(one.i) || one.i === plan.x)}
          onChange={(x) => setChosen({ ...chosen, x: Number(x) })}
        />
        <Select
          label="Up"
          value={String(plan.y)}
          choices={choices.filter((one) => isNumeric(columns[one.i]?.type ?? ''))}
          onChange={(y) => setChosen({ ...chosen, y: Number(y) })}
        />
        {points.length === max && rows.length > max && (
          <span class="quiet">{`the first ${shortNumber(max)} rows`}</span>
        )}
      </div>
      {points.length === 0 ? (
        <Empty title="Nothing to draw in these columns" />
      ) : (
        <Plot
          plan={plan}
          points={points}
          names={[columns[plan.x]?.name ?? '', columns[plan.y]?.name ?? '']}
        />
      )}
    </>
  );
}
