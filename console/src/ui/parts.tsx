/** The small things that pages are made of. */
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useId, useRef, useState } from 'preact/hooks';
import { ApiError } from '../api/http';
import { exactTime, relativeTime, utcTime } from '../model/format';
import { Icon, type IconName } from './icons';

/** A time as "3 minutes ago" that grows older as one looks; the exact one on hover. */
export function Time({ at }: { at: number | null | undefined }) {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 15_000);
    return () => clearInterval(timer);
  }, []);
  if (at === null || at === undefined) return <span class="quiet">–</span>;
  return (
    <time dateTime={utcTime(at)} title={`${exactTime(at)} (${utcTime(at)})`}>
      {relativeTime(at, now)}
    </time>
  );
}

export function ExactTime({ at }: { at: number }) {
  return (
    <time dateTime={utcTime(at)} title={utcTime(at)} class="nowrap">
      {exactTime(at)}
    </time>
  );
}

async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    // Without TLS there is no clipboard object: the old way works there.
    const area = document.createElement('textarea');
    area.value = text;
    area.className = 'sr-only';
    document.body.append(area);
    area.select();
    const done = document.execCommand('copy');
    area.remove();
    return done;
  }
}

export function CopyButton({ text, label = 'Copy' }: { text: string; label?: string }) {
  const [state, setState] = useState<'ready' | 'done' | 'failed'>('ready');
  const timer = useRef<number>();
  useEffect(() => () => clearTimeout(timer.current), []);
  const copy = async (event: JSX.TargetedMouseEvent<HTMLButtonElement>) => {
    event.stopPropagation();
    setState((await copyText(text)) ? 'done' : 'failed');
    timer.current = window.setTimeout(() => setState('ready'), 1600);
  };
  const said = { ready: label, done: 'Copied', failed: 'Could not copy' }[state];
  return (
    <button
      type="button"
      class={`icon-button copy ${state}`}
      onClick={copy}
      title={said}
      aria-label={said}
    >
      <Icon name={state === 'done' ? 'check' : 'copy'} />
    </button>
  );
}

/** An id, path or address: in fixed width, cut in the middle of a narrow page, to be copied whole. */
export function Code({ text, label }: { text: string; label?: string }) {
  return (
    <span class={text.length <= 36 ? 'code-line short' : 'code-line'}>
      <code title={text}>{text}</code>
      <CopyButton text={text} label={label ?? 'Copy'} />
    </span>
  );
}

export function Snippet({ text, label }: { text: string; label: string }) {
  return (
    <div class="snippet">
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard */}
      <pre tabIndex={0} role="region" aria-label={label}>
        <code>{text}</code>
      </pre>
      <CopyButton text={text} label={`Copy ${label}`} />
    </div>
  );
}

const operationWords: Record<string, string> = {
  append: 'append',
  overwrite: 'overwrite',
  delete: 'delete',
  replace: 'replace',
};

export function Operation({ name }: { name: string }) {
  const kind = operationWords[name] ?? 'other';
  return <span class={`badge operation ${kind}`}>{name === '' ? 'unknown' : name}</span>;
}

export function RefChip({ name, type }: { name: string; type: 'branch' | 'tag' }) {
  return (
    <span class={`chip ref ${type}`} title={`${type} ${name}`}>
      <Icon name={type} />
      {name}
    </span>
  );
}

export function Tile({
  label,
  value,
  hint,
}: {
  label: string;
  value: ComponentChildren;
  hint?: ComponentChildren;
}) {
  return (
    <div class="tile">
      <dt>{label}</dt>
      <dd>
        <span class="figure">{value}</span>
        {hint !== undefined && <span class="hint">{hint}</span>}
      </dd>
    </div>
  );
}

export function Tiles({ children }: { children: ComponentChildren }) {
  return <dl class="tiles">{children}</dl>;
}

export function Card({
  title,
  actions,
  children,
  class: name = '',
}: {
  title?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
  class?: string;
}) {
  const id = useId();
  return (
    <section class={`card ${name}`} aria-labelledby={title === undefined ? undefined : id}>
      {title !== undefined && (
        <header class="card-head">
          <h2 id={id}>{title}</h2>
          {actions !== undefined && <div class="actions">{actions}</div>}
        </header>
      )}
      {children}
    </section>
  );
}

/** What a page is about. */
export function PageHead({
  icon,
  title,
  children,
}: {
  icon: IconName;
  title: string;
  children?: ComponentChildren;
}) {
  return (
    <header class="page-head">
      <Icon name={icon} />
      <h1>{title}</h1>
      {children !== undefined && <span class="quiet">{children}</span>}
    </header>
  );
}

/** The frame of what comes: so that the page does not jump. */
export function Skeleton({ lines = 4 }: { lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, i) => (
        <span key={i} class={`bone w${i % 4}`} />
      ))}
    </div>
  );
}

export function SkeletonTiles({ count = 4 }: { count?: number }) {
  return (
    <div class="tiles" role="status" aria-label="Loading">
      {Array.from({ length: count }, (_, i) => (
        <div key={i} class="tile skeleton">
          <span class="bone w3" />
          <span class="bone tall w1" />
        </div>
      ))}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="empty">
      <Icon name="empty" />
      <p class="empty-title">{title}</p>
      {children !== undefined && <div class="empty-text">{children}</div>}
    </div>
  );
}

export function Failure({ error, retry }: { error: Error; retry?: () => void }) {
  const isMissing = error instanceof ApiError && error.status === 404;
  return (
    <div class="failure" role="alert">
      <Icon name={isMissing ? 'empty' : 'warning'} />
      <div>
        <p class="failure-title">{isMissing ? 'It is not there' : 'This did not work'}</p>
        <p>{error.message}</p>
        {retry !== undefined && (
          <button type="button" class="button" onClick={retry}>
            Try again
          </button>
        )}
      </div>
    </div>
  );
}

export function Hint({ children }: { children: ComponentChildren }) {
  return (
    <div class="note" role="note">
      <Icon name="bulb" />
      <div>{children}</div>
    </div>
  );
}

export interface Choice<T extends string> {
  value: T;
  label: string;
}

export function Select<T extends string>({
  label,
  value,
  choices,
  onChange,
}: {
  label: string;
  value: T;
  choices: Choice<T>[];
  onChange: (value: T) => void;
}) {
  return (
    <label class="select">
      <span>{label}</span>
      <select value={value} onChange={(event) => onChange(event.currentTarget.value as T)}>
        {choices.map((choice) => (
          <option key={choice.value} value={choice.value}>
            {choice.label}
          </option>
        ))}
      </select>
    </label>
  );
}
