import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { api } from './api/catalog';
import { renewSession } from './api/http';
import { demandSignIn, isSignInDemanded, onSessionChange, session } from './api/session';
import { namespaceText, type Route } from './model/route';
import { HomePage } from './pages/home';
import { JobPage, JobsPage } from './pages/jobs';
import { LoadPage } from './pages/load';
import { NamespacePage } from './pages/namespace';
import { SchedulePage, SchedulesPage } from './pages/schedules';
import { SignIn } from './pages/sign_in';
import { forgetSql, SqlPage } from './pages/sql';
import { TablePage } from './pages/table';
import { ViewPage } from './pages/view';
import { WarehousePage } from './pages/warehouse';
import { useData } from './ui/data';
import { Help } from './ui/help';
import { Icon, Logo } from './ui/icons';
import { Empty, Failure, Skeleton } from './ui/parts';
import { Link, navigate, useLocation } from './ui/router';
import { Search } from './ui/search';
import { nextTheme, useTheme } from './ui/theme';
import { Tree } from './ui/tree';

function titleOf(route: Route): string {
  switch (route.page) {
    case 'home':
      return 'Tarn';
    case 'warehouse':
      return `${route.warehouse} · Tarn`;
    case 'namespace':
      return `${namespaceText(route.namespace)} · Tarn`;
    case 'table':
      return `${namespaceText([...route.namespace, route.name])}${route.tab === 'overview' ? '' : ` · ${route.tab}`} · Tarn`;
    case 'view':
      return `${namespaceText([...route.namespace, route.name])} · Tarn`;
    case 'jobs':
      return 'Jobs · Tarn';
    case 'job':
      return `Job ${route.id} · Tarn`;
    case 'sql':
      return 'SQL · Tarn';
    case 'load':
      return 'Load · Tarn';
    case 'schedules':
      return 'Schedules · Tarn';
    case 'schedule':
      return `${route.name} · Schedules · Tarn`;
    case 'unknown':
      return 'No such page · Tarn';
  }
}

function Crumbs({ route }: { route: Route }) {
  if (!('warehouse' in route)) return null;
  const { warehouse } = route;
  const namespace = 'namespace' in route ? route.namespace : [];
  return (
    <nav class="crumbs" aria-label="Where this is">
      <ol>
        <li>
          <Link to={{ page: 'warehouse', warehouse }} isCurrent={route.page === 'warehouse'}>
            {warehouse}
          </Link>
        </li>
        {namespace.map((level, i) => (
          <li key={i}>
            <Link
              to={{ page: 'namespace', warehouse, namespace: namespace.slice(0, i + 1) }}
              isCurrent={route.page === 'namespace' && i === namespace.length - 1}
            >
              {level}
            </Link>
          </li>
        ))}
        {'name' in route && (
          <li>
            <span aria-current="page">{route.name}</span>
          </li>
        )}
      </ol>
    </nav>
  );
}

function PageOf({ route, authenticates }: { route: Route; authenticates: boolean }) {
  switch (route.page) {
    case 'home':
      return <HomePage authenticates={authenticates} />;
    case 'warehouse':
      return <WarehousePage warehouse={route.warehouse} authenticates={authenticates} />;
    case 'namespace':
      return <NamespacePage warehouse={route.warehouse} namespace={route.namespace} />;
    case 'table':
      return <TablePage route={route} authenticates={authenticates} />;
    case 'view':
      return <ViewPage place={route} />;
    case 'jobs':
      return <JobsPage />;
    case 'job':
      return <JobPage id={route.id} />;
    case 'sql':
      return <SqlPage />;
    case 'load':
      return <LoadPage />;
    case 'schedules':
      return <SchedulesPage />;
    case 'schedule':
      return <SchedulePage key={route.name} name={route.name} />;
    case 'unknown':
      return (
        <>
          <h1>No such page</h1>
          <Empty title="Nothing is at this address">
            <Link to={{ page: 'home' }}>Home</Link> shows what there is.
          </Empty>
        </>
      );
  }
}

/** Keys that work wherever nothing is being typed. */
function useKeys(keys: Record<string, () => void>): void {
  const latest = useRef(keys);
  latest.current = keys;
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const isTyping = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      if (
        isTyping ||
        event.ctrlKey ||
        event.metaKey ||
        event.altKey ||
        document.querySelector('dialog[open]')
      )
        return;
      const action = latest.current[event.key];
      if (action !== undefined) {
        event.preventDefault();
        action();
      }
    };
    addEventListener('keydown', onKeyDown);
    return () => removeEventListener('keydown', onKeyDown);
  }, []);
}

/** Signs in anew shortly before the token ends. */
function useRenewal(): void {
  useEffect(() => {
    const timer = setInterval(() => {
      const endsAt = session()?.endsAt;
      if (endsAt !== undefined && endsAt - Date.now() < 5 * 60_000) void renewSession();
    }, 60_000);
    return () => clearInterval(timer);
  }, []);
}

function useSignIn(): { isDemanded: boolean; isSignedIn: boolean } {
  const read = () => ({ isDemanded: isSignInDemanded(), isSignedIn: session() !== undefined });
  const [state, setState] = useState(read);
  useEffect(() => onSessionChange(() => setState(read())), []);
  return state;
}

type Overlay = 'none' | 'search' | 'help';

export function App() {
  const { isDemanded } = useSignIn();
  useRenewal();
  useTheme();
  return isDemanded ? <SignIn /> : <Shell />;
}

function Shell() {
  const { route } = useLocation();
  const { isSignedIn } = useSignIn();
  const [theme, setTheme] = useTheme();
  const [overlay, setOverlay] = useState<Overlay>('none');
  const [isTreeOpen, setTreeOpen] = useState(() => matchMedia('(min-width: 56rem)').matches);
  const server = useData('warehouses', (signal) => api.warehouses(signal), 30_000);
  const warehouses = server.value?.warehouses ?? [];
  const names = JSON.stringify(warehouses.map((one) => one.name));
  const [searched, setSearched] = useState<string[]>([]);
  useEffect(() => setSearched(JSON.parse(names) as string[]), [names]);

  useEffect(() => {
    document.title = titleOf(route);
  }, [route]);

  useKeys({
    '/': () => setOverlay('search'),
    '?': () => setOverlay('help'),
    s: () => navigate({ page: 'sql' }),
    j: () => navigate({ page: 'jobs' }),
    l: () => navigate({ page: 'load' }),
    t: () => setTheme(nextTheme(theme)),
    '[': () => setTreeOpen((open) => !open),
  });

  const close = useCallback(() => setOverlay('none'), []);
  const onGo = useCallback(() => {
    if (!matchMedia('(min-width: 56rem)').matches) setTreeOpen(false);
  }, []);
  const themeWords = { system: 'as the system has it', light: 'light', dark: 'dark' }[theme];

  return (
    <div class={`shell ${isTreeOpen ? 'with-tree' : ''}`}>
      <a class="skip" href="#main">
        Skip to the page
      </a>
      <header class="top">
        <button
          type="button"
          class="icon-button"
          aria-label={isTreeOpen ? 'Hide the tree' : 'Show the tree'}
          aria-expanded={isTreeOpen}
          onClick={() => setTreeOpen((open) => !open)}
        >
          <Icon name="menu" />
        </button>
        <Link to={{ page: 'home' }} class="brand" title="Home">
          <Logo />
          <span>Tarn</span>
        </Link>
        <Crumbs route={route} />
        <div class="tools">
          <button
            type="button"
            class="search-button"
            onClick={() => setOverlay('search')}
            aria-label="Search"
          >
            <Icon name="search" />
            <span>Search</span>
            <kbd>/</kbd>
          </button>
          <button
            type="button"
            class="icon-button"
            title={`Colours: ${themeWords}`}
            aria-label={`Colours: ${themeWords}`}
            onClick={() => setTheme(nextTheme(theme))}
          >
            <Icon name={theme === 'system' ? 'contrast' : theme === 'light' ? 'sun' : 'moon'} />
          </button>
          <button
            type="button"
            class="icon-button help-button"
            title="Keys"
            aria-label="Keys"
            onClick={() => setOverlay('help')}
          >
            <Icon name="help" />
          </button>
          {isSignedIn && (
            <button
              type="button"
              class="icon-button"
              title="Sign out"
              aria-label="Sign out"
              onClick={() => {
                demandSignIn();
                forgetSql();
              }}
            >
              <Icon name="leave" />
            </button>
          )}
        </div>
      </header>
      {isTreeOpen && (
        <>
          <aside class="side" aria-label="Tree">
            {server.value === undefined && server.error === undefined ? (
              <Skeleton lines={6} />
            ) : (
              <Tree warehouses={warehouses} route={route} onGo={onGo} />
            )}
          </aside>
          <button
            type="button"
            class="veil"
            aria-label="Hide the tree"
            tabIndex={-1}
            onClick={() => setTreeOpen(false)}
          />
        </>
      )}
      <main id="main" tabIndex={-1}>
        {server.error !== undefined && server.value === undefined ? (
          <>
            <h1>Tarn</h1>
            <Failure error={server.error} retry={server.reload} />
          </>
        ) : (
          <PageOf route={route} authenticates={server.value?.authenticates ?? false} />
        )}
      </main>
      {overlay === 'search' && <Search warehouses={searched} close={close} />}
      {overlay === 'help' && <Help version={server.value?.version ?? ''} close={close} />}
    </div>
  );
}
