/** Rows of a result, of which only those in sight are drawn. */
import { useEffect, useMemo, useRef, useState } from 'preact/hooks';
import { cellText, isNumeric, type ResultColumn, type ResultRow } from '../model/result';

const rowHeight = 28;
const spare = 10;
const shownCharacters = 500;
const sampleRows = 100;

/** As wide as what is in the first rows needs, within bounds. */
function widthsOf(columns: ResultColumn[], rows: ResultRow[]): number[] {
  return columns.map((column, i) => {
    const longest = rows
      .slice(0, sampleRows)
      .reduce((most, row) => Math.max(most, cellText(row[i]).length), 0);
    const head = column.name.length + column.type.length + 1;
    return Math.min(360, Math.max(64, Math.max(longest, head) * 8 + 24));
  });
}

function GridRow({
  row,
  columns,
  index,
}: {
  row: ResultRow;
  columns: ResultColumn[];
  index: number;
}) {
  return (
    <tr aria-rowindex={index + 2}>
      <th scope="row" class="number quiet">
        {index + 1}
      </th>
      {columns.map((column, i) => {
        const isNull = row[i] === null || row[i] === undefined;
        const text = cellText(row[i]);
        return (
          <td
            key={i}
            class={`${isNumeric(column.type) ? 'number' : ''} ${isNull ? 'quiet' : ''}`}
            title={text.length > 20 ? text.slice(0, 5000) : undefined}
          >
            {text.slice(0, shownCharacters)}
          </td>
        );
      })}
    </tr>
  );
}

export function ResultGrid({ columns, rows }: { columns: ResultColumn[]; rows: ResultRow[] }) {
  const ref = useRef<HTMLDivElement>(null);
  const [top, setTop] = useState(0);
  const [height, setHeight] = useState(400);
  const sampled = Math.min(rows.length, sampleRows);
  const widths = useMemo(() => widthsOf(columns, rows), [columns, sampled]);
  useEffect(() => {
    const element = ref.current;
    if (element === null) return;
    const observer = new ResizeObserver(() => setHeight(element.clientHeight));
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  const first = Math.max(0, Math.min(rows.length, Math.floor(top / rowHeight)) - spare);
  const last = Math.min(rows.length, Math.ceil((top + height) / rowHeight) + spare);
  const numberWidth = 24 + String(rows.length).length * 9;
  const width = widths.reduce((sum, one) => sum + one, numberWidth);
  return (
    <div
      ref={ref}
      class="result-grid"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
      role="region"
      aria-label="Result"
      onScroll={(event) => setTop(event.currentTarget.scrollTop)}
    >
      <table width={width} style={{ width: `${width}px` }} aria-rowcount={rows.length + 1}>
        <colgroup>
          <col width={numberWidth} />
          {widths.map((one, i) => (
            <col key={i} width={one} />
          ))}
        </colgroup>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="number">
              <span class="sr-only">Row</span>
            </th>
            {columns.map((column, i) => (
              <th
                key={i}
                scope="col"
                class={isNumeric(column.type) ? 'number' : ''}
                title={column.type}
              >
                {column.name} <span class="result-type">{column.type}</span>
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {first > 0 && (
            <tr>
              <td class="spacer" height={first * rowHeight} colSpan={columns.length + 1} />
            </tr>
          )}
          {rows.slice(first, last).map((row, i) => (
            <GridRow key={first + i} row={row} columns={columns} index={first + i} />
          ))}
          {last < rows.length && (
            <tr>
              <td
                class="spacer"
                height={(rows.length - last) * rowHeight}
                colSpan={columns.length + 1}
              />
            </tr>
          )}
        </tbody>
      </table>
    </div>
  );
}
