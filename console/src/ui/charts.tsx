/** Small plots as SVG: they take the page's colours, scale with it, and say in words what they show. */
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { bytesText, exactTime, numberText, shortNumber } from '../model/format';
import { axisTicks, type Bar } from '../model/sizes';
import type { Point } from '../model/timeline';

/** The width there is, as it changes. */
export function useWidth(): [{ current: HTMLDivElement | null }, number] {
  const ref = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(600);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setWidth(Math.max(200, element.clientWidth)));
    observer.observe(element);
    setWidth(Math.max(200, element.clientWidth));
    return () => observer.disconnect();
  }, []);
  return [ref, width];
}

const margin = { top: 8, right: 10, bottom: 22, left: 44 };

interface Frame {
  width: number;
  height: number;
  /** Of a value on the vertical axis. */
  y: (value: number) => number;
  ticks: number[];
}

function frameOf(width: number, height: number, max: number): Frame {
  const ticks = axisTicks(max);
  const top = ticks.at(-1) ?? 1;
  const inner = height - margin.top - margin.bottom;
  return { width, height, ticks, y: (value) => margin.top + inner * (1 - value / top) };
}

function Grid({ frame }: { frame: Frame }) {
  return (
    <g class="grid">
      {frame.ticks.map((tick) => (
        <g key={tick}>
          <line
            x1={margin.left}
            x2={frame.width - margin.right}
            y1={frame.y(tick)}
            y2={frame.y(tick)}
          />
          <text x={margin.left - 8} y={frame.y(tick) + 4} text-anchor="end">
            {shortNumber(tick)}
          </text>
        </g>
      ))}
    </g>
  );
}

/** How many commits each second brought; the newest second is at the right edge. */
export function RateChart({
  perSecond,
  endsAt,
  seconds,
}: {
  perSecond: number[];
  endsAt: number;
  seconds: number;
}) {
  const [ref, width] = useWidth();
  const [hovered, setHovered] = useState<number>();
  const id = useId();
  const height = 160;
  const frame = frameOf(width, height, Math.max(4, ...perSecond));
  const inner = width - margin.left - margin.right;
  const step = inner / Math.max(1, seconds - 1);
  const x = (index: number) => width - margin.right - (perSecond.length - 1 - index) * step;
  const line = perSecond
    .map((value, i) => `${i === 0 ? 'M' : 'L'}${x(i).toFixed(1)} ${frame.y(value).toFixed(1)}`)
    .join('');
  const floor = frame.y(0).toFixed(1);
  const area =
    perSecond.length > 1
      ? `${line}L${x(perSecond.length - 1).toFixed(1)} ${floor}L${x(0).toFixed(1)} ${floor}Z`
      : '';
  const busiest = Math.max(0, ...perSecond);
  const sum = perSecond.reduce((total, value) => total + value, 0);
  const shown = hovered !== undefined && hovered < perSecond.length ? hovered : undefined;
  return (
    <div class="chart" ref={ref}>
      <svg
        width={width}
        height={height}
        role="img"
        aria-labelledby={id}
        onPointerMove={(event) => {
          const at = event.clientX - event.currentTarget.getBoundingClientRect().left;
          const index = perSecond.length - 1 - Math.round((width - margin.right - at) / step);
          setHovered(index >= 0 && index < perSecond.length ? index : undefined);
        }}
        onPointerLeave={() => setHovered(undefined)}
      >
        <title id={id}>
          {`Commits per second of the last ${seconds} seconds: ${sum} in all, at most ${busiest} in one second`}
        </title>
        <Grid frame={frame} />
        <path class="area" d={area} />
        <path class="line" d={line} />
        {shown !== undefined && (
          <g class="cursor">
            <line x1={x(shown)} x2={x(shown)} y1={margin.top} y2={height - margin.bottom} />
            <circle cx={x(shown)} cy={frame.y(perSecond[shown] ?? 0)} r="3.5" />
          </g>
        )}
        <g class="axis">
          <text x={margin.left} y={height - 5}>{`${Math.round(seconds / 60)} min ago`}</text>
          <text x={width - margin.right} y={height - 5} text-anchor="end">
            now
          </text>
        </g>
      </svg>
      <p class="chart-said" aria-hidden="true">
        {shown === undefined
          ? `${numberText(sum)} in ${Math.round(seconds / 60)} minutes · at most ${numberText(busiest)}/s`
          : `${numberText(perSecond[shown])}/s at ${exactTime(endsAt - (perSecond.length - 1 - shown) * 1000).slice(11, 19)}`}
      </p>
    </div>
  );
}

/** Bars of files by size. */
export function SizeChart({ bars, targetBytes }: { bars: Bar[]; targetBytes: number }) {
  const [ref, width] = useWidth();
  const id = useId();
  const height = 190;
  const frame = frameOf(width, height, Math.max(...bars.map((bar) => bar.files)));
  const inner = width - margin.left - margin.right;
  const slot = inner / bars.length;
  const thick = Math.min(64, slot * 0.7);
  const wanted = bars.findIndex((bar) => bar.from <= targetBytes && targetBytes <= bar.below);
  const wantedBar = bars[wanted];
  const share =
    wantedBar === undefined || wantedBar.below === Number.POSITIVE_INFINITY
      ? 0
      : (targetBytes - wantedBar.from) / (wantedBar.below - wantedBar.from);
  const wantedAt = margin.left + slot * (wanted + share);
  const said = bars
    .filter((bar) => bar.files > 0)
    .map((bar) => `${bar.label}: ${bar.files}`)
    .join(', ');
  return (
    <div class="chart" ref={ref}>
      <svg width={width} height={height} role="img" aria-labelledby={id}>
        <title id={id}>{`Data files by size. ${said}`}</title>
        <Grid frame={frame} />
        {wanted >= 0 && (
          <g class="target">
            <line x1={wantedAt} x2={wantedAt} y1={margin.top} y2={height - margin.bottom} />
            <text x={wantedAt - 5} y={margin.top + 10} text-anchor="end">
              {`${bytesText(targetBytes)} wanted`}
            </text>
          </g>
        )}
        {bars.map((bar, i) => {
          const left = margin.left + slot * i + (slot - thick) / 2;
          const top = frame.y(bar.files);
          const isSmall = bar.below <= targetBytes * 0.75;
          return (
            <g key={bar.label} class={isSmall ? 'bar small' : 'bar'}>
              <title>{`${bar.label}: ${numberText(bar.files)} files, ${bytesText(bar.bytes)}`}</title>
              <rect
                class="bar-hit"
                x={margin.left + slot * i}
                y={margin.top}
                width={slot}
                height={height - margin.top - margin.bottom}
              />
              <rect
                x={left}
                y={top}
                width={thick}
                height={Math.max(bar.files > 0 ? 1.5 : 0, frame.y(0) - top)}
                rx="2"
              />
              {bar.files > 0 && (
                <text class="bar-value" x={left + thick / 2} y={top - 4} text-anchor="middle">
                  {shortNumber(bar.files)}
                </text>
              )}
              {(slot > 46 || i % 2 === 0) && (
                <text class="bar-label" x={left + thick / 2} y={height - 6} text-anchor="middle">
                  {bar.label}
                </text>
              )}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** The table's rows over time: steps, as nothing happens between commits. */
export function GrowthChart({ points }: { points: Point[] }) {
  const [ref, width] = useWidth();
  const id = useId();
  const height = 120;
  const first = points[0];
  const last = points.at(-1);
  if (first === undefined || last === undefined || points.length < 2) return null;
  const frame = frameOf(width, height, Math.max(...points.map((point) => point.value), 1));
  const inner = width - margin.left - margin.right;
  const span = Math.max(1, last.time - first.time);
  const x = (time: number) => margin.left + (inner * (time - first.time)) / span;
  let line = `M${x(first.time).toFixed(1)} ${frame.y(first.value).toFixed(1)}`;
  for (const point of points.slice(1))
    line += `H${x(point.time).toFixed(1)}V${frame.y(point.value).toFixed(1)}`;
  const area = `${line}V${frame.y(0).toFixed(1)}H${x(first.time).toFixed(1)}Z`;
  return (
    <div class="chart" ref={ref}>
      <svg width={width} height={height} role="img" aria-labelledby={id}>
        <title id={id}>
          {`Rows after each commit: from ${numberText(first.value)} at ${exactTime(first.time)} to ${numberText(last.value)} at ${exactTime(last.time)}`}
        </title>
        <Grid frame={frame} />
        <path class="area" d={area} />
        <path class="line" d={line} />
        <g class="axis">
          <text x={margin.left} y={height - 5}>
            {exactTime(first.time).slice(0, 16)}
          </text>
          <text x={width - margin.right} y={height - 5} text-anchor="end">
            {exactTime(last.time).slice(0, 16)}
          </text>
        </g>
      </svg>
    </div>
  );
}

/** How large a part is, beside its number. */
export function Meter({ value, max, label }: { value: number; max: number; label: string }) {
  const share = max > 0 ? Math.max(value > 0 ? 1 : 0, Math.round((value / max) * 100)) : 0;
  return (
    <svg class="meter" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label}>
      <rect class="meter-ground" width="100" height="6" rx="1" />
      <rect class="meter-value" width={share} height="6" rx="1" />
    </svg>
  );
}
