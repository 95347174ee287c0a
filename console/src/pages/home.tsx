import { api } from '../api/catalog';
import { queriesApi } from '../api/sql';
import type { Overview, Warehouse } from '../api/types';
import { bytesText, numberText, shortNumber } from '../model/format';
import { RateChart } from '../ui/charts';
import { useData } from '../ui/data';
import { Icon } from '../ui/icons';
import { Card, Code, Empty, Failure, Skeleton, SkeletonTiles, Tile, Tiles } from '../ui/parts';
import { Link } from '../ui/router';
import { type CommitOf, Commits } from './commits';
import { Connect } from './connect';
import { RunningJobs, useRunningJobs } from './jobs';
import { RunningQueries, runningQueriesEveryMs } from './queries';

const shownCommits = 20;
const rateSeconds = 300;

interface Home {
  warehouses: Warehouse[];
  overviews: Overview[];
}

async function loadHome(signal: AbortSignal): Promise<Home> {
  const { warehouses } = await api.warehouses(signal);
  const overviews = await Promise.all(warehouses.map((one) => api.overview(one.name, signal)));
  return { warehouses, overviews };
}

function sum(overviews: Overview[], of: (overview: Overview) => number): number {
  return overviews.reduce((total, overview) => total + of(overview), 0);
}

function Rate() {
  const stats = useData('stats', (signal) => api.stats(rateSeconds, signal), 1000);
  const perSecond = stats.value?.commits_per_second ?? [];
  return (
    <Card
      title="Commits per second"
      actions={
        stats.value && (
          <span class="quiet">{numberText(stats.value.commits)} since the server started</span>
        )
      }
    >
      {stats.value === undefined && stats.error ? (
        <Failure error={stats.error} retry={stats.reload} />
      ) : (
        <RateChart
          perSecond={perSecond}
          endsAt={stats.value?.ends_ms ?? Date.now()}
          seconds={rateSeconds}
        />
      )}
    </Card>
  );
}

function WarehouseList({ home }: { home: Home }) {
  return (
    <ul class="warehouses">
      {home.warehouses.map((warehouse, i) => {
        const overview = home.overviews[i];
        return (
          <li key={warehouse.name}>
            <Link to={{ page: 'warehouse', warehouse: warehouse.name }} class="warehouse-link">
              <Icon name="warehouse" />
              <span>{warehouse.name}</span>
            </Link>
            <span class="quiet">
              {overview && `${numberText(overview.tables)} tables · ${bytesText(overview.bytes)}`}
            </span>
            <Code text={warehouse.location} label={`Copy the location of ${warehouse.name}`} />
          </li>
        );
      })}
    </ul>
  );
}

/** Jobs and queries; a line if there are none. */
function Running() {
  const jobs = useRunningJobs();
  const queries = useData(
    'running queries',
    (signal) => queriesApi.running(signal),
    runningQueriesEveryMs,
  );
  const isIdle = jobs.value?.jobs.length === 0 && queries.value?.length === 0;
  return (
    <>
      {isIdle && <p class="idle quiet">No job and no query is running.</p>}
      <RunningJobs running={jobs} />
      <RunningQueries queries={queries} />
    </>
  );
}

export function HomePage({ authenticates }: { authenticates: boolean }) {
  const home = useData('home', loadHome, 3000);
  const overviews = home.value?.overviews ?? [];
  const commits = overviews
    .flatMap((overview) =>
      overview.commits.map((commit): CommitOf => ({ ...commit, warehouse: overview.warehouse })),
    )
    .sort((left, right) => right.timestamp_ms - left.timestamp_ms)
    .slice(0, shownCommits);
  const unread = sum(overviews, (one) => one.tables - one.tables_read);
  const first = home.value?.warehouses[0];
  return (
    <>
      <h1 class="sr-only">Tarn</h1>
      {home.value === undefined ? (
        home.error ? (
          <Failure error={home.error} retry={home.reload} />
        ) : (
          <SkeletonTiles count={5} />
        )
      ) : (
        <Tiles>
          <Tile label="Warehouses" value={numberText(home.value.warehouses.length)} />
          <Tile label="Namespaces" value={numberText(sum(overviews, (one) => one.namespaces))} />
          <Tile
            label="Tables"
            value={numberText(sum(overviews, (one) => one.tables))}
            hint={`${numberText(sum(overviews, (one) => one.views))} views`}
          />
          <Tile
            label="Rows"
            value={shortNumber(sum(overviews, (one) => one.rows))}
            hint={unread > 0 ? `${numberText(unread)} tables not read yet` : undefined}
          />
          <Tile
            label="Data"
            value={bytesText(sum(overviews, (one) => one.bytes))}
            hint={`${shortNumber(sum(overviews, (one) => one.files))} files`}
          />
        </Tiles>
      )}
      <Running />
      <Rate />
      <Card title="Recent commits">
        {home.value === undefined ? (
          <Skeleton lines={6} />
        ) : commits.length === 0 ? (
          <Empty title="Nothing has been committed yet">
            Write to a table with one of the clients below, or load a file:{' '}
            <code>tarn load orders.csv --into shop.orders</code>
          </Empty>
        ) : (
          <Commits commits={commits} showsWarehouse={(home.value?.warehouses.length ?? 0) > 1} />
        )}
      </Card>
      <div class="columns">
        <Card title="Warehouses">
          {home.value ? <WarehouseList home={home.value} /> : <Skeleton lines={2} />}
        </Card>
        <Card title="Connect">
          {first ? (
            <Connect target={{ warehouse: first.name, authenticates }} />
          ) : (
            <Skeleton lines={4} />
          )}
        </Card>
      </div>
    </>
  );
}
