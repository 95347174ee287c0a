/** A text area for SQL: coloured, with the names that could come next. */
import type { RefObject } from 'preact';
import { useId, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import { type Completion, completionsAt, type Names, tokensOf } from '../model/sql_text';

const shownCompletions = 8;

interface Offer {
  from: number;
  to: number;
  items: Completion[];
  chosen: number;
}

/** The text again, in colours, below the letters of the text area. */
function Coloured({ text, faultAt }: { text: string; faultAt: number | undefined }) {
  const tokens = useMemo(() => tokensOf(text), [text]);
  return (
    <>
      {tokens.map((token) => {
        const isFault = faultAt !== undefined && token.from <= faultAt && faultAt < token.to;
        const part = text.slice(token.from, token.to);
        if (token.kind === 'other' && !isFault) return part;
        return (
          <span key={token.from} class={`sql-${token.kind} ${isFault ? 'sql-fault' : ''}`}>
            {part}
          </span>
        );
      })}
      {'\n'}
    </>
  );
}

/** What is offered at the cursor once it was asked for; names that come later are added. */
function useOffers(
  area: RefObject<HTMLTextAreaElement>,
  text: string,
  names: Names,
  onText: (t: string) => void,
) {
  const [asked, setAsked] = useState<{ at: number; chosen: number }>();
  const found = asked && completionsAt(text, asked.at, names);
  const isOffered = asked !== undefined && found !== undefined && found.items.length > 0;
  const offer: Offer | undefined = isOffered
    ? { ...found, to: asked.at, chosen: Math.min(asked.chosen, found.items.length - 1) }
    : undefined;
  const close = () => setAsked(undefined);
  const take = (from: number, to: number, item: Completion) => {
    const element = area.current;
    if (element === null) return;
    element.setRangeText(item.text, from, to, 'end');
    onText(element.value);
    close();
    element.focus();
  };
  const open = () => {
    if (area.current !== null) setAsked({ at: area.current.selectionStart, chosen: 0 });
  };
  /** Takes the only one, or offers several; false if there is none. */
  const complete = (): boolean => {
    const at = area.current?.selectionStart ?? 0;
    const { from, items } = completionsAt(text, at, names);
    const [first] = items;
    if (first === undefined) return false;
    if (items.length === 1) take(from, at, first);
    else open();
    return true;
  };
  const move = (by: number) => {
    if (offer === undefined) return;
    const count = offer.items.length;
    setAsked({ at: offer.to, chosen: (offer.chosen + by + count) % count });
  };
  return { isAsked: asked !== undefined, offer, open, close, complete, move, take };
}

export function SqlEditor({
  area,
  text,
  onText,
  names,
  faultAt,
  onRun,
  onCancel,
}: {
  area: RefObject<HTMLTextAreaElement>;
  text: string;
  onText: (text: string) => void;
  names: Names;
  /** Where the last error was. */
  faultAt: number | undefined;
  onRun: () => void;
  onCancel: () => void;
}) {
  const id = useId();
  const ground = useRef<HTMLPreElement>(null);
  const { isAsked, offer, open, close, complete, move, take } = useOffers(
    area,
    text,
    names,
    onText,
  );

  const follow = () => {
    if (ground.current === null || area.current === null) return;
    ground.current.scrollTop = area.current.scrollTop;
    ground.current.scrollLeft = area.current.scrollLeft;
  };
  // A shorter text can scroll less.
  useLayoutEffect(follow, [text]);

  const onOfferKey = (event: KeyboardEvent, shown: Offer): boolean => {
    const item = shown.items[shown.chosen];
    if (event.key === 'ArrowDown') move(1);
    else if (event.key === 'ArrowUp') move(-1);
    else if (event.key === 'Escape') close();
    else if ((event.key === 'Enter' || event.key === 'Tab') && !event.ctrlKey && item)
      take(shown.from, shown.to, item);
    else return false;
    return true;
  };

  const onKeyDown = (event: KeyboardEvent) => {
    const isControl = event.ctrlKey || event.metaKey;
    const element = event.currentTarget as HTMLTextAreaElement;
    let isDone = offer !== undefined && onOfferKey(event, offer);
    if (!isDone && event.key === 'Enter' && isControl) {
      close();
      onRun();
      isDone = true;
    } else if (!isDone && event.key === ' ' && event.ctrlKey) {
      open();
      isDone = true;
    } else if (!isDone && event.key === 'Escape') {
      onCancel();
      isDone = true;
    } else if (!isDone && event.key === 'Tab' && !event.shiftKey && !isControl) {
      // Behind a word Tab completes; elsewhere it goes on to what is next, as everywhere.
      isDone =
        /[\p{L}\p{N}_.]/u.test(element.value[element.selectionStart - 1] ?? '') && complete();
    }
    if (isDone) event.preventDefault();
  };

  const first = offer === undefined ? 0 : Math.max(0, offer.chosen - shownCompletions + 1);
  return (
    <div class="sql-editor">
      <div class="sql-text">
        <pre ref={ground} aria-hidden="true">
          <Coloured text={text} faultAt={faultAt} />
        </pre>
        <textarea
          ref={area}
          value={text}
          wrap="off"
          spellcheck={false}
          autocapitalize="off"
          autocomplete="off"
          aria-label="SQL"
          role="combobox"
          aria-autocomplete="list"
          aria-expanded={offer !== undefined}
          aria-controls={id}
          aria-activedescendant={offer === undefined ? undefined : `${id}-${offer.chosen}`}
          onKeyDown={onKeyDown}
          onScroll={follow}
          onBlur={close}
          onClick={close}
          onInput={(event) => {
            onText(event.currentTarget.value);
            if (isAsked) open();
          }}
        />
      </div>
      <div id={id} class="sql-offers" role="listbox" aria-label="Completions">
        {offer?.items.slice(first, first + shownCompletions).map((item, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: keys are the text area's
          <div
            key={item.text}
            id={`${id}-${first + i}`}
            role="option"
            tabIndex={-1}
            aria-selected={first + i === offer.chosen}
            onMouseDown={(event) => event.preventDefault()}
            onClick={() => take(offer.from, offer.to, item)}
          >
            <span class="mono">{item.text}</span>
            <span class="quiet">{item.hint || item.kind}</span>
          </div>
        ))}
      </div>
    </div>
  );
}
