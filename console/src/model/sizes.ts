/** How the sizes of files are spread, in few enough bars to read. */
import type { SizeClass } from '../api/types';
import { bytesText } from './format';

export interface Bar {
  label: string;
  from: number;
  below: number;
  files: number;
  bytes: number;
}

const kib = 1024;
const mib = 1024 * kib;
const gib = 1024 * mib;
/** Where bars begin: finer around what data files should be. */
const limits = [
  0,
  64 * kib,
  mib,
  8 * mib,
  32 * mib,
  64 * mib,
  128 * mib,
  256 * mib,
  512 * mib,
  gib,
];

/** All bars from the first that has files to the last, or to the one that files should be in. */
export function barsOf(sizes: SizeClass[], targetBytes: number): Bar[] {
  const bars: Bar[] = limits.map((from, i) => {
    const below = limits[i + 1] ?? Number.POSITIVE_INFINITY;
    const label =
      i === 0
        ? `< ${bytesText(below)}`
        : below === Number.POSITIVE_INFINITY
          ? `≥ ${bytesText(from)}`
          : bytesText(from);
    return { label, from, below, files: 0, bytes: 0 };
  });
  for (const size of sizes) {
    const bar = bars.findLast((one) => one.from <= size.bytes_from);
    if (bar !== undefined) {
      bar.files += size.files;
      bar.bytes += size.bytes;
    }
  }
  const first = bars.findIndex((bar) => bar.files > 0);
  if (first < 0) return [];
  const last = bars.findLastIndex((bar) => bar.files > 0 || bar.from <= targetBytes - 1);
  return bars.slice(Math.min(first, last), last + 1);
}

/** Round values for an axis from 0: at most `count` steps. */
export function axisTicks(max: number, count = 4): number[] {
  if (!(max > 0)) return [0, 1];
  const rough = max / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * power).find((one) => one >= rough) ?? rough;
  const whole = Math.max(1, Math.ceil(step));
  const size = max >= 1 ? whole : step;
  const ticks: number[] = [];
  for (let value = 0; value < max + size; value += size) ticks.push(value);
  return ticks;
}
