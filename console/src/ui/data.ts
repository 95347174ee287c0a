import { useCallback, useEffect, useRef, useState } from 'preact/hooks';
import { onSessionChange } from '../api/session';

export interface Data<T> {
  /** The newest there is, also while newer is fetched; undefined before the first answer. */
  value: T | undefined;
  error: Error | undefined;
  isLoading: boolean;
  reload: () => void;
}

/** What was fetched last, so that going back shows a page at once. */
const kept = new Map<string, unknown>();
const keptMax = 200;

function keep(key: string, value: unknown): void {
  kept.delete(key);
  kept.set(key, value);
  if (kept.size > keptMax) {
    const [oldest] = kept.keys();
    if (oldest !== undefined) kept.delete(oldest);
  }
}

onSessionChange(() => kept.clear());

/** Fetches when `key` changes, after a sign-in, and every `everyMs` while the page is in sight. */
export function useData<T>(
  key: string,
  fetcher: (signal: AbortSignal) => Promise<T>,
  everyMs?: number,
): Data<T> {
  const [state, setState] = useState<{
    key: string;
    value: T | undefined;
    error: Error | undefined;
    isLoading: boolean;
  }>({
    key,
    value: kept.get(key) as T | undefined,
    error: undefined,
    isLoading: true,
  });
  const latest = useRef(fetcher);
  latest.current = fetcher;
  const [turn, setTurn] = useState(0);
  const reload = useCallback(() => setTurn((n) => n + 1), []);

  useEffect(() => onSessionChange(reload), [reload]);

  useEffect(() => {
    const controller = new AbortController();
    let timer: number | undefined;
    const load = async () => {
      if (everyMs !== undefined && document.hidden) {
        timer = window.setTimeout(load, everyMs);
        return;
      }
      try {
        const value = await latest.current(controller.signal);
        if (controller.signal.aborted) return;
        keep(key, value);
        setState({ key, value, error: undefined, isLoading: false });
      } catch (error) {
        if (controller.signal.aborted) return;
        setState((old) => ({
          key,
          value: old.key === key ? old.value : undefined,
          error: error instanceof Error ? error : new Error(String(error)),
          isLoading: false,
        }));
      }
      if (everyMs !== undefined) timer = window.setTimeout(load, everyMs);
    };
    setState((old) => ({
      key,
      value: old.key === key ? old.value : (kept.get(key) as T | undefined),
      error: undefined,
      isLoading: true,
    }));
    void load();
    return () => {
      controller.abort();
      clearTimeout(timer);
    };
  }, [key, everyMs, turn]);

  // The first draw after the key has changed comes before the effect.
  if (state.key !== key) {
    return { value: kept.get(key) as T | undefined, error: undefined, isLoading: true, reload };
  }
  return { value: state.value, error: state.error, isLoading: state.isLoading, reload };
}

export interface Pages<T, Head> {
  items: T[];
  /** What the first page says beside its items. */
  head: Head | undefined;
  error: Error | undefined;
  isLoading: boolean;
  hasMore: boolean;
  more: () => void;
  reload: () => void;
}

/** A long list, a page at a time. */
export function usePages<T, Head>(
  key: string,
  fetcher: (
    token: string,
    signal: AbortSignal,
  ) => Promise<{ items: T[]; head: Head; next: string | null }>,
): Pages<T, Head> {
  const first = useData(key, (signal) => fetcher('', signal));
  const [rest, setRest] = useState<{ of: unknown; items: T[]; next: string | null }>();
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [moreError, setMoreError] = useState<Error>();
  const tail = rest !== undefined && rest.of === first.value ? rest : undefined;
  const next = tail === undefined ? (first.value?.next ?? null) : tail.next;
  const controller = useRef<AbortController>();

  useEffect(() => {
    setMoreError(undefined);
    return () => controller.current?.abort();
  }, [key]);

  const more = async () => {
    if (next === null || isLoadingMore) return;
    setLoadingMore(true);
    controller.current = new AbortController();
    const { signal } = controller.current;
    try {
      const page = await fetcher(next, signal);
      if (!signal.aborted) {
        setRest({
          of: first.value,
          items: [...(tail?.items ?? []), ...page.items],
          next: page.next,
        });
        setMoreError(undefined);
      }
    } catch (error) {
      if (!signal.aborted) setMoreError(error instanceof Error ? error : new Error(String(error)));
    }
    setLoadingMore(false);
  };

  return {
    items: [...(first.value?.items ?? []), ...(tail?.items ?? [])],
    head: first.value?.head,
    error: first.error ?? moreError,
    isLoading: first.isLoading || isLoadingMore,
    hasMore: next !== null,
    more,
    reload: first.reload,
  };
}
