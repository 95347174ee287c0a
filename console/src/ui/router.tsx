import type { ComponentChildren } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { pathOf, type Route, routeOf } from '../model/route';

export interface Location {
  route: Route;
  query: URLSearchParams;
}

const listeners = new Set<() => void>();

function current(): Location {
  return { route: routeOf(location.pathname), query: new URLSearchParams(location.search) };
}

function announce(): void {
  for (const listener of listeners) listener();
}

export type Query = Record<string, string | undefined>;

export function hrefOf(route: Route, query: Query = {}): string {
  const parameters = new URLSearchParams();
  for (const [key, value] of Object.entries(query)) if (value) parameters.set(key, value);
  const text = parameters.toString();
  return pathOf(route) + (text === '' ? '' : `?${text}`);
}

/** Goes to another page; `replace` leaves no step back to this one. */
export function navigate(route: Route, query: Query = {}, replace = false): void {
  const href = hrefOf(route, query);
  if (replace) history.replaceState(null, '', href);
  else {
    history.pushState(null, '', href);
    scrollTo(0, 0);
  }
  announce();
}

export function useLocation(): Location {
  const [now, setNow] = useState(current);
  useEffect(() => {
    const update = () => setNow(current());
    listeners.add(update);
    addEventListener('popstate', update);
    return () => {
      listeners.delete(update);
      removeEventListener('popstate', update);
    };
  }, []);
  return now;
}

interface LinkProps {
  to: Route;
  query?: Query;
  class?: string;
  title?: string;
  isCurrent?: boolean;
  onGo?: () => void;
  children: ComponentChildren;
}

/** A link within the console; with a modifier key it opens as any other. */
export function Link({ to, query = {}, isCurrent = false, onGo, children, ...rest }: LinkProps) {
  return (
    <a
      {...rest}
      href={hrefOf(to, query)}
      aria-current={isCurrent ? 'page' : undefined}
      onClick={(event) => {
        if (event.defaultPrevented || event.button !== 0) return;
        if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
        event.preventDefault();
        navigate(to, query);
        onGo?.();
      }}
    >
      {children}
    </a>
  );
}
