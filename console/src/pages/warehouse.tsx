import { api } from '../api/catalog';
import type { Overview, Warehouse } from '../api/types';
import { bytesText, numberText, shortNumber } from '../model/format';
import { useData, usePages } from '../ui/data';
import { Icon } from '../ui/icons';
import {
  Card,
  Code,
  Empty,
  Failure,
  PageHead,
  Skeleton,
  SkeletonTiles,
  Tile,
  Tiles,
} from '../ui/parts';
import { Link } from '../ui/router';
import { DataTable, Fact, MoreButton } from '../ui/table';
import { Commits } from './commits';
import { Connect } from './connect';

export function NamespaceList({ warehouse, parent }: { warehouse: string; parent: string[] }) {
  const pages = usePages(
    `namespaces ${JSON.stringify([warehouse, parent])}`,
    async (token, signal) => {
      const page = await api.namespaces(warehouse, parent, token, signal);
      return { items: page.items, head: undefined, next: page.next ?? null };
    },
  );
  if (pages.error && pages.items.length === 0)
    return <Failure error={pages.error} retry={pages.reload} />;
  if (pages.items.length === 0) {
    if (pages.isLoading) return <Skeleton lines={3} />;
    return parent.length > 0 ? null : (
      <Empty title="No namespaces yet">
        <code>CREATE SCHEMA shop</code> in <code>tarn sql</code> makes one, and so does any client.
      </Empty>
    );
  }
  return (
    <>
      <ul class="namespace-list">
        {pages.items.map((namespace) => (
          <li key={namespace.join('\x1f')}>
            <Link to={{ page: 'namespace', warehouse, namespace }}>
              <Icon name="folder" />
              {namespace.at(-1)}
            </Link>
          </li>
        ))}
      </ul>
      <MoreButton pages={pages} label="More namespaces" />
    </>
  );
}

function Figures({ overview }: { overview: Overview }) {
  return (
    <Tiles>
      <Tile label="Namespaces" value={numberText(overview.namespaces)} />
      <Tile label="Tables" value={numberText(overview.tables)} />
      <Tile label="Views" value={numberText(overview.views)} />
      <Tile label="Rows" value={shortNumber(overview.rows)} />
      <Tile
        label="Data"
        value={bytesText(overview.bytes)}
        hint={`${shortNumber(overview.files)} files`}
      />
    </Tiles>
  );
}

function About({ warehouse }: { warehouse: Warehouse }) {
  return (
    <DataTable label="About this warehouse">
      <Fact name="Location">
        <Code text={warehouse.location} label="Copy the location" />
      </Fact>
      <Fact name="Catalog">
        <Code text={`${location.origin}/catalog`} label="Copy the address of the catalog" />
      </Fact>
      <Fact name="Named by clients">
        {warehouse.is_default ? (
          'not needed: it is the default'
        ) : (
          <code>warehouse={warehouse.name}</code>
        )}
      </Fact>
    </DataTable>
  );
}

export function WarehousePage({
  warehouse,
  authenticates,
}: {
  warehouse: string;
  authenticates: boolean;
}) {
  const server = useData('warehouses', (signal) => api.warehouses(signal));
  const overview = useData(
    `overview ${warehouse}`,
    (signal) => api.overview(warehouse, signal),
    5000,
  );
  const about = server.value?.warehouses.find((one) => one.name === warehouse);
  if (overview.error && overview.value === undefined) {
    return (
      <>
        <h1>{warehouse}</h1>
        <Failure error={overview.error} retry={overview.reload} />
      </>
    );
  }
  const commits = (overview.value?.commits ?? [])
    .slice(0, 20)
    .map((commit) => ({ ...commit, warehouse }));
  return (
    <>
      <PageHead icon="warehouse" title={warehouse} />
      {overview.value ? <Figures overview={overview.value} /> : <SkeletonTiles count={5} />}
      <Card title="Namespaces">
        <NamespaceList warehouse={warehouse} parent={[]} />
      </Card>
      {commits.length > 0 && (
        <Card title="Recent commits">
          <Commits commits={commits} showsWarehouse={false} />
        </Card>
      )}
      <div class="columns">
        <Card title="About">{about ? <About warehouse={about} /> : <Skeleton lines={3} />}</Card>
        <Card title="Connect">
          <Connect target={{ warehouse, authenticates }} />
        </Card>
      </div>
    </>
  );
}
