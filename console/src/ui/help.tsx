import { useLayoutEffect, useRef } from 'preact/hooks';

const keys: [string[], string][] = [
  [['/'], 'search'],
  [['↑', '↓'], 'move in the tree, in the time line, among hits'],
  [['→', '←'], 'open and close a branch; next and last tab'],
  [['Enter'], 'go there; show the details of a snapshot'],
  [['s'], 'SQL'],
  [['j'], 'jobs'],
  [['l'], 'load'],
  [['t'], 'light, dark or as the system has it'],
  [['['], 'show or hide the tree'],
  [['?'], 'this list'],
  [['Esc'], 'close what is open'],
];

export function Help({ version, close }: { version: string; close: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  // Before the next key is taken: Escape must find it open.
  useLayoutEffect(() => {
    dialog.current?.showModal();
  }, []);
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {keys.map(([names, what]) => (
          <div key={what}>
            <dt>
              {names.map((name) => (
                <kbd key={name}>{name}</kbd>
              ))}
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">{version === '' ? 'Tarn' : `Tarn ${version}`}</p>
      <form method="dialog">
        <button type="submit" class="button">
          Close
        </button>
      </form>
    </dialog>
  );
}
