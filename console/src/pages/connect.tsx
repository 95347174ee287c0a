/** What clients are told to reach this server. */
import { useState } from 'preact/hooks';
import { snippetsFor, type Target } from '../model/snippets';
import { Snippet } from '../ui/parts';

export function Connect({ target }: { target: Omit<Target, 'origin'> }) {
  const snippets = snippetsFor({ ...target, origin: location.origin });
  const [client, setClient] = useState(snippets[0]?.client ?? '');
  const shown = snippets.find((snippet) => snippet.client === client);
  return (
    <div class="connect">
      <fieldset class="ways">
        <legend class="sr-only">Client</legend>
        {snippets.map((snippet) => (
          <label key={snippet.client} class={snippet.client === client ? 'chosen' : ''}>
            <input
              type="radio"
              name="client"
              checked={snippet.client === client}
              onChange={() => setClient(snippet.client)}
            />
            {snippet.client}
          </label>
        ))}
      </fieldset>
      {shown !== undefined && <Snippet text={shown.text} label={`for ${shown.client}`} />}
    </div>
  );
}
