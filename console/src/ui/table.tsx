/** Tables of data, and lists that come a page at a time. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { Pages } from './data';
import { Code, Empty, Failure, Skeleton } from './parts';

interface ColumnHead {
  name: ComponentChildren;
  kind: 'number' | 'unseen';
}

/** A column's name; `false` where there is none of it today. */
type Column = string | ColumnHead | false;

/** A column whose cells are of class `number`. */
export function numbers(name: ComponentChildren): ColumnHead {
  return { name, kind: 'number' };
}

/** A column whose name is only read out. */
export function unseen(name: string): ColumnHead {
  return { name, kind: 'unseen' };
}

function Head({ column }: { column: string | ColumnHead }) {
  if (typeof column === 'string') return <th scope="col">{column}</th>;
  return column.kind === 'number' ? (
    <th scope="col" class="number">
      {column.name}
    </th>
  ) : (
    <th scope="col">
      <span class="sr-only">{column.name}</span>
    </th>
  );
}

/** A table that scrolls by itself where the page is narrow; its children are its rows. */
export function DataTable({
  label,
  columns,
  children,
}: {
  label: string;
  columns?: Column[];
  children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <div class="scroll" tabIndex={0} role="region" aria-label={label}>
      <table>
        {columns !== undefined && (
          <thead>
            <tr>
              {columns.map((column, i) => column !== false && <Head key={i} column={column} />)}
            </tr>
          </thead>
        )}
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

/** The row of a table without heads: what it is about, and what is so. */
export function Fact({
  name,
  isCode = false,
  children,
}: {
  name: string;
  isCode?: boolean;
  children: ComponentChildren;
}) {
  return (
    <tr>
      <th scope="row" class={isCode ? 'mono' : undefined}>
        {name}
      </th>
      <td>{children}</td>
    </tr>
  );
}

/** The row of a table that has none. */
export function NoRow({ columns, children }: { columns: number; children: ComponentChildren }) {
  return (
    <tr>
      <td colSpan={columns} class="quiet">
        {children}
      </td>
    </tr>
  );
}

/** Fetches the next page of a list, where there is one. */
export function MoreButton({
  pages,
  label,
}: {
  pages: Pick<Pages<unknown, unknown>, 'hasMore' | 'isLoading' | 'more'>;
  label: string;
}) {
  if (!pages.hasMore) return null;
  return (
    <div class="more">
      <button type="button" class="button" onClick={pages.more} disabled={pages.isLoading}>
        {pages.isLoading ? 'Loading…' : label}
      </button>
    </div>
  );
}

/** What has come of a list so far, or why nothing has. */
export function Paged<T, Head>({
  pages,
  empty,
  more,
  children,
}: {
  pages: Pages<T, Head>;
  empty: ComponentChildren;
  more: string;
  children: (items: T[]) => ComponentChildren;
}) {
  return (
    <>
      {pages.items.length > 0 ? (
        children(pages.items)
      ) : pages.isLoading ? (
        <Skeleton lines={8} />
      ) : (
        !pages.error && empty
      )}
      <MoreButton pages={pages} label={more} />
      {pages.error && <Failure error={pages.error} retry={pages.reload} />}
    </>
  );
}

/** Properties: sorted, with a filter once there are many. */
export function Properties({ values, what }: { values: Record<string, string>; what: string }) {
  const [filter, setFilter] = useState('');
  const all = Object.entries(values).sort(([left], [right]) => (left < right ? -1 : 1));
  const shown = all.filter(([key, value]) =>
    `${key} ${value}`.toLowerCase().includes(filter.toLowerCase()),
  );
  if (all.length === 0) return <Empty title={`No properties of this ${what}`} />;
  return (
    <>
      {all.length > 8 && (
        <label class="filter">
          <span class="sr-only">Filter properties</span>
          <input
            type="search"
            placeholder={`Filter ${all.length} properties`}
            value={filter}
            onInput={(event) => setFilter(event.currentTarget.value)}
          />
        </label>
      )}
      <DataTable label="Properties" columns={['Key', 'Value']}>
        {shown.map(([key, value]) => (
          <Fact key={key} name={key} isCode>
            <Code text={value} label={`Copy ${key}`} />
          </Fact>
        ))}
        {shown.length === 0 && <NoRow columns={2}>None matches</NoRow>}
      </DataTable>
    </>
  );
}
