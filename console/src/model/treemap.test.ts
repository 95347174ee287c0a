import { expect, it } from 'vitest';
import { smallness, treemapOf } from './treemap';

const room = { x: 0, y: 0, width: 600, height: 400 };

it('gives each value its area within the room', () => {
  const values = [6, 6, 4, 3, 2, 2, 1];
  const rects = treemapOf(values, room);
  const scale = (600 * 400) / 24;
  rects.forEach((rect, i) => {
    expect(rect.width * rect.height).toBeCloseTo((values[i] ?? 0) * scale);
    expect(rect.x + rect.width).toBeLessThanOrEqual(600.001);
    expect(rect.y + rect.height).toBeLessThanOrEqual(400.001);
    expect(Math.max(rect.width / rect.height, rect.height / rect.width)).toBeLessThan(4);
  });
});

it('has no two in one place', () => {
  const rects = treemapOf([5, 3, 3, 2, 1, 1, 1], room);
  for (const [i, a] of rects.entries()) {
    for (const b of rects.slice(i + 1)) {
      const wide = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
      const high = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
      expect(Math.min(wide, high)).toBeLessThan(0.001);
    }
  }
});

it('takes nothing and zeros', () => {
  expect(treemapOf([], room)).toEqual([]);
  expect(treemapOf([0], room)[0]?.width).toBe(0);
});

it('tells small files', () => {
  expect([128, 96, 64, 20, 2, 1].map((mib) => smallness(mib, 128))).toEqual([0, 0, 1, 2, 3, 4]);
  expect(smallness(1, 0)).toBe(0);
});
