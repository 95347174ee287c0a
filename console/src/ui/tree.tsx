/** Warehouses, namespaces, tables and views as a tree; what is in a branch is fetched when it opens. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api, type Page } from '../api/catalog';
import type { Ident, Warehouse } from '../api/types';
import type { Route } from '../model/route';
import { useData } from './data';
import { Icon, type IconName } from './icons';
import { hrefOf, navigate } from './router';

interface Branch {
  namespaces: string[][];
  tables: Ident[];
  views: Ident[];
  /** More than one page of something. */
  hasMore: boolean;
}

async function loadBranch(
  warehouse: string,
  parent: string[],
  signal: AbortSignal,
): Promise<Branch> {
  const none: Promise<Page<Ident>> = Promise.resolve({ items: [], next: undefined });
  const [namespaces, tables, views] = await Promise.all([
    api.namespaces(warehouse, parent, '', signal),
    parent.length > 0 ? api.tableNames(warehouse, parent, '', signal) : none,
    parent.length > 0 ? api.viewNames(warehouse, parent, '', signal) : none,
  ]);
  return {
    namespaces: namespaces.items,
    tables: tables.items,
    views: views.items,
    hasMore: [namespaces, tables, views].some((page) => page.next !== undefined),
  };
}

function isWithin(route: Route, warehouse: string, namespace: string[]): boolean {
  if (!('warehouse' in route) || route.warehouse !== warehouse) return false;
  if (namespace.length === 0) return true;
  return 'namespace' in route && namespace.every((level, i) => route.namespace[i] === level);
}

function isSameRoute(left: Route, right: Route): boolean {
  const plain = (route: Route) =>
    hrefOf(route.page === 'table' ? { ...route, tab: 'overview' } : route);
  return plain(left) === plain(right);
}

interface NodeProps {
  icon: IconName;
  label: string;
  to: Route;
  route: Route;
  level: number;
  onGo: () => void;
  branch?: { isOpen: boolean; toggle: () => void };
}

function Row({ icon, label, to, route, level, onGo, branch }: NodeProps) {
  const isCurrent = isSameRoute(route, to);
  const ref = useRef<HTMLAnchorElement>(null);
  useEffect(() => {
    if (isCurrent) ref.current?.scrollIntoView({ block: 'nearest' });
  }, [isCurrent]);
  return (
    <div class={`tree-row level-${Math.min(level, 8)} ${isCurrent ? 'current' : ''}`}>
      {branch === undefined ? (
        <span class="twig" />
      ) : (
        <button
          type="button"
          class={`twig ${branch.isOpen ? 'open' : ''}`}
          tabIndex={-1}
          aria-label={`${branch.isOpen ? 'Close' : 'Open'} ${label}`}
          aria-expanded={branch.isOpen}
          onClick={branch.toggle}
        >
          <Icon name="chevron" />
        </button>
      )}
      <a
        ref={ref}
        href={hrefOf(to)}
        aria-current={isCurrent ? 'page' : undefined}
        data-tree={branch === undefined ? 'leaf' : branch.isOpen ? 'open' : 'closed'}
        title={label}
        onClick={(event) => {
          if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
          event.preventDefault();
          if (branch !== undefined && !branch.isOpen) branch.toggle();
          navigate(to);
          onGo();
        }}
      >
        <Icon name={icon} />
        <span>{label}</span>
      </a>
    </div>
  );
}

interface BranchProps {
  warehouse: string;
  namespace: string[];
  route: Route;
  level: number;
  onGo: () => void;
}

function Children({ warehouse, namespace, route, level, onGo }: BranchProps) {
  const key = `tree ${JSON.stringify([warehouse, namespace])}`;
  const data = useData(key, (signal) => loadBranch(warehouse, namespace, signal), 30_000);
  const branch = data.value;
  if (branch === undefined) {
    return data.error ? (
      <p class={`tree-note level-${level}`}>{data.error.message}</p>
    ) : (
      <p class={`tree-note level-${level}`}>Loading…</p>
    );
  }
  const isBare = branch.namespaces.length + branch.tables.length + branch.views.length === 0;
  return (
    <ul>
      {branch.namespaces.map((child) => (
        <NamespaceNode
          key={`n${child.at(-1)}`}
          warehouse={warehouse}
          namespace={child}
          route={route}
          level={level}
          onGo={onGo}
        />
      ))}
      {branch.tables.map((table) => (
        <li key={`t${table.name}`}>
          <Row
            icon="table"
            label={table.name}
            to={{ page: 'table', warehouse, namespace, name: table.name, tab: 'overview' }}
            route={route}
            level={level}
            onGo={onGo}
          />
        </li>
      ))}
      {branch.views.map((view) => (
        <li key={`v${view.name}`}>
          <Row
            icon="view"
            label={view.name}
            to={{ page: 'view', warehouse, namespace, name: view.name }}
            route={route}
            level={level}
            onGo={onGo}
          />
        </li>
      ))}
      {isBare && (
        <li>
          <p class={`tree-note level-${level}`}>empty</p>
        </li>
      )}
      {branch.hasMore && (
        <li>
          <p class={`tree-note level-${level}`}>There is more: search finds it</p>
        </li>
      )}
    </ul>
  );
}

function useOpen(within: boolean): { isOpen: boolean; toggle: () => void } {
  const [isOpen, setOpen] = useState(within);
  // At once: later it could undo what a key has done since.
  useLayoutEffect(() => {
    if (within) setOpen(true);
  }, [within]);
  return { isOpen, toggle: () => setOpen((open) => !open) };
}

function NamespaceNode({ warehouse, namespace, route, level, onGo }: BranchProps) {
  const branch = useOpen(isWithin(route, warehouse, namespace));
  return (
    <li>
      <Row
        icon="folder"
        label={namespace.at(-1) ?? ''}
        to={{ page: 'namespace', warehouse, namespace }}
        route={route}
        level={level}
        onGo={onGo}
        branch={branch}
      />
      {branch.isOpen && (
        <Children
          warehouse={warehouse}
          namespace={namespace}
          route={route}
          level={level + 1}
          onGo={onGo}
        />
      )}
    </li>
  );
}

function WarehouseNode({
  warehouse,
  route,
  onGo,
  isOnly,
}: {
  warehouse: string;
  route: Route;
  onGo: () => void;
  isOnly: boolean;
}) {
  const branch = useOpen(isOnly || isWithin(route, warehouse, []));
  return (
    <li>
      <Row
        icon="warehouse"
        label={warehouse}
        to={{ page: 'warehouse', warehouse }}
        route={route}
        level={0}
        onGo={onGo}
        branch={branch}
      />
      {branch.isOpen && (
        <Children warehouse={warehouse} namespace={[]} route={route} level={1} onGo={onGo} />
      )}
    </li>
  );
}

/** Up and down go from row to row, right opens or goes in, left closes or goes out. */
function moveWithArrows(event: KeyboardEvent): void {
  const list = event.currentTarget as HTMLElement;
  const links = [...list.querySelectorAll<HTMLAnchorElement>('a[data-tree]')];
  const at = links.indexOf(document.activeElement as HTMLAnchorElement);
  const link = links[at];
  if (link === undefined) return;
  const toggle = link.parentElement?.querySelector('button');
  let next: HTMLElement | undefined;
  switch (event.key) {
    case 'ArrowDown':
      next = links[at + 1];
      break;
    case 'ArrowUp':
      next = links[at - 1];
      break;
    case 'Home':
      next = links[0];
      break;
    case 'End':
      next = links.at(-1);
      break;
    case 'ArrowRight':
      if (link.dataset.tree === 'closed') toggle?.click();
      else if (link.dataset.tree === 'open') next = links[at + 1];
      break;
    case 'ArrowLeft':
      if (link.dataset.tree === 'open') toggle?.click();
      else next = link.closest('ul')?.closest('li')?.querySelector('a') ?? undefined;
      break;
    default:
      return;
  }
  event.preventDefault();
  next?.focus();
}

const workPages: Pick<NodeProps, 'icon' | 'label' | 'to'>[] = [
  { icon: 'sql', label: 'SQL', to: { page: 'sql' } },
  { icon: 'load', label: 'Load', to: { page: 'load' } },
  { icon: 'jobs', label: 'Jobs', to: { page: 'jobs' } },
  { icon: 'clock', label: 'Schedules', to: { page: 'schedules' } },
];

export function Tree({
  warehouses,
  route,
  onGo,
}: {
  warehouses: Warehouse[];
  route: Route;
  onGo: () => void;
}) {
  return (
    <nav class="tree" aria-label="Warehouses" onKeyDown={moveWithArrows}>
      <ul>
        <li>
          <Row icon="home" label="Home" to={{ page: 'home' }} route={route} level={0} onGo={onGo} />
        </li>
        {workPages.map((one) => (
          <li key={one.label}>
            <Row {...one} route={route} level={0} onGo={onGo} />
          </li>
        ))}
        {warehouses.map((warehouse) => (
          <WarehouseNode
            key={warehouse.name}
            warehouse={warehouse.name}
            route={route}
            onGo={onGo}
            isOnly={warehouses.length === 1}
          />
        ))}
      </ul>
    </nav>
  );
}
