/** Rectangles whose areas are as values are, as square as can be (Bruls, Huizing and van Wijk, 2000). */
export interface Rect {
  x: number;
  y: number;
  width: number;
  height: number;
}

/** The worst ratio of sides in a row of such areas along a side. */
function worst(areas: number[], side: number): number {
  const sum = areas.reduce((total, area) => total + area, 0);
  const most = Math.max(...areas);
  const least = Math.min(...areas);
  return Math.max((side * side * most) / (sum * sum), (sum * sum) / (side * side * least));
}

/** One for each value, in the order of `values`, which are positive; the largest first looks best. */
export function treemapOf(values: number[], room: Rect): Rect[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  if (total <= 0) return values.map(() => ({ ...room, width: 0, height: 0 }));
  const scale = (room.width * room.height) / total;
  const areas = values.map((value) => value * scale);
  const rects: Rect[] = [];
  let left = { ...room };
  let at = 0;
  while (at < areas.length) {
    const side = Math.min(left.width, left.height);
    const row = [areas[at] ?? 0];
    while (at + row.length < areas.length) {
      const more = [...row, areas[at + row.length] ?? 0];
      if (worst(more, side) > worst(row, side)) break;
      row.push(more.at(-1) ?? 0);
    }
    const sum = row.reduce((all, area) => all + area, 0);
    const thick = side > 0 ? sum / side : 0;
    let along = 0;
    const isUpright = left.width >= left.height;
    for (const area of row) {
      const long = thick > 0 ? area / thick : 0;
      rects.push(
        isUpright
          ? { x: left.x, y: left.y + along, width: thick, height: long }
          : { x: left.x + along, y: left.y, width: long, height: thick },
      );
      along += long;
    }
    left = isUpright
      ? {
          x: left.x + thick,
          y: left.y,
          width: Math.max(0, left.width - thick),
          height: left.height,
        }
      : {
          x: left.x,
          y: left.y + thick,
          width: left.width,
          height: Math.max(0, left.height - thick),
        };
    at += row.length;
  }
  return rects;
}

/** How small a file is against what is wanted, from 0 (as large as that) to 4 (a hundredth and less). */
export function smallness(bytes: number, targetBytes: number): number {
  const share = targetBytes > 0 ? bytes / targetBytes : 1;
  if (share >= 0.75) return 0;
  if (share >= 0.25) return 1;
  if (share >= 0.05) return 2;
  return share >= 0.01 ? 3 : 4;
}
