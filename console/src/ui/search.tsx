/** Finds namespaces, tables and views of all warehouses while one types. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { api } from '../api/catalog';
import type { Hit } from '../api/types';
import { namespaceText, type Route } from '../model/route';
import { Icon, type IconName } from './icons';
import { navigate } from './router';

interface Found extends Hit {
  warehouse: string;
}

const icons: Record<Hit['kind'], IconName> = { namespace: 'folder', table: 'table', view: 'view' };

function routeTo(hit: Found): Route {
  const { warehouse, namespace, name } = hit;
  switch (hit.kind) {
    case 'namespace':
      return { page: 'namespace', warehouse, namespace };
    case 'table':
      return { page: 'table', warehouse, namespace, name, tab: 'overview' };
    case 'view':
      return { page: 'view', warehouse, namespace, name };
  }
}

export function Search({ warehouses, close }: { warehouses: string[]; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const [text, setText] = useState('');
  const [hits, setHits] = useState<Found[]>();
  const [error, setError] = useState('');
  const [chosen, setChosen] = useState(0);
  const list = useId();

  // Before the next key is taken: Escape must find it open.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);

  useEffect(() => {
    const controller = new AbortController();
    const timer = setTimeout(
      async () => {
        try {
          const answers = await Promise.all(
            warehouses.map(async (warehouse) => {
              const { hits: found } = await api.search(warehouse, text.trim(), controller.signal);
              return found.map((hit): Found => ({ ...hit, warehouse }));
            }),
          );
          setHits(answers.flat());
          setError('');
          setChosen(0);
        } catch (failure) {
          if (!controller.signal.aborted) setError((failure as Error).message);
        }
      },
      text === '' ? 0 : 120,
    );
    return () => {
      clearTimeout(timer);
      controller.abort();
    };
  }, [text, warehouses]);

  const go = (hit: Found | undefined) => {
    if (hit === undefined) return;
    close();
    navigate(routeTo(hit));
  };

  useEffect(() => {
    document.getElementById(`${list}-${chosen}`)?.scrollIntoView({ block: 'nearest' });
  }, [chosen, list]);

  const onKeyDown = (event: KeyboardEvent) => {
    const count = hits?.length ?? 0;
    if (event.key === 'ArrowDown' && count > 0) setChosen((chosen + 1) % count);
    else if (event.key === 'ArrowUp' && count > 0) setChosen((chosen + count - 1) % count);
    else if (event.key === 'Enter') go(hits?.[chosen]);
    else return;
    event.preventDefault();
  };

  return (
    <dialog
      ref={dialog}
      class="search"
      aria-label="Search"
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
      onKeyDown={() => undefined}
    >
      <div class="search-box">
        <Icon name="search" />
        <input
          type="text"
          role="combobox"
          aria-label="Search namespaces, tables and views"
          aria-expanded={(hits?.length ?? 0) > 0}
          aria-controls={list}
          aria-autocomplete="list"
          aria-activedescendant={hits?.[chosen] ? `${list}-${chosen}` : undefined}
          placeholder="Search namespaces, tables and views"
          autocomplete="off"
          spellcheck={false}
          maxLength={200}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={onKeyDown}
        />
        <kbd>Esc</kbd>
      </div>
      <div class="search-hits" id={list} role="listbox" aria-label="Found" tabIndex={-1}>
        {hits?.map((hit, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the box above has the keys
          <div
            key={`${hit.warehouse} ${hit.kind} ${hit.namespace.join('\x1f')} ${hit.name}`}
            id={`${list}-${i}`}
            class="search-hit"
            role="option"
            tabIndex={-1}
            aria-selected={i === chosen}
            onClick={() => go(hit)}
            onPointerMove={() => setChosen(i)}
          >
            <Icon name={icons[hit.kind]} />
            <span class="hit-name">
              {hit.kind === 'namespace' ? namespaceText(hit.namespace) : hit.name}
            </span>
            <span class="hit-place">
              {hit.kind === 'namespace'
                ? hit.warehouse
                : `${hit.warehouse} · ${namespaceText(hit.namespace)}`}
            </span>
          </div>
        ))}
      </div>
      <p class="search-note" role="status">
        {error !== ''
          ? error
          : hits === undefined
            ? 'Searching…'
            : hits.length === 0
              ? 'Nothing of that name'
              : ''}
      </p>
    </dialog>
  );
}
