import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** Says what will happen, and does it only when that is wanted. */
export function Confirm({
  title,
  verb,
  children,
  act,
  close,
}: {
  title: string;
  verb: string;
  children: ComponentChildren;
  act: () => Promise<void>;
  close: () => void;
}) {
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState('');
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  const go = async () => {
    setBusy(true);
    setError('');
    try {
      await act();
      close();
    } catch (failure) {
      setError((failure as Error).message);
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} class="confirm" aria-labelledby={id} onClose={close}>
      <h2 id={id}>{title}</h2>
      {children}
      <p class="form-error" role="alert">
        {error}
      </p>
      <div class="form-buttons">
        <button type="button" class="button primary" disabled={isBusy} onClick={go}>
          {verb}
        </button>
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Cancel
        </button>
      </div>
    </dialog>
  );
}
