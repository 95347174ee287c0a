import { useState } from 'preact/hooks';
import { signIn, signInWithToken } from '../api/http';
import { Logo } from '../ui/icons';

/** Shown when the server wants to know who asks. What is typed goes to this server and is kept by nobody. */
export function SignIn() {
  const [way, setWay] = useState<'secret' | 'token'>('secret');
  const [error, setError] = useState('');
  const [isBusy, setBusy] = useState(false);

  const submit = async (event: SubmitEvent) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string) => String(form.get(name) ?? '').trim();
    setBusy(true);
    setError('');
    try {
      if (way === 'secret') await signIn(text('id'), text('secret'));
      else await signInWithToken(text('token'));
    } catch (failure) {
      setError(
        failure instanceof TypeError ? 'The server cannot be reached' : (failure as Error).message,
      );
      setBusy(false);
    }
  };

  return (
    <main class="sign-in">
      <form class="card" onSubmit={submit} aria-labelledby="sign-in-title">
        <Logo />
        <h1 id="sign-in-title">Sign in to Tarn</h1>
        <p class="quiet">
          This server answers only those it knows. <code>tarn user</code> makes a client id with its
          secret.
        </p>
        <fieldset class="ways">
          <legend class="sr-only">Sign in with</legend>
          {(['secret', 'token'] as const).map((one) => (
            <label key={one} class={way === one ? 'chosen' : ''}>
              <input type="radio" name="way" checked={way === one} onChange={() => setWay(one)} />
              {one === 'secret' ? 'Client id and secret' : 'Token'}
            </label>
          ))}
        </fieldset>
        {way === 'secret' ? (
          <>
            <label class="field">
              <span>Client id</span>
              <input name="id" type="text" autocomplete="username" spellcheck={false} required />
            </label>
            <label class="field">
              <span>Client secret</span>
              <input name="secret" type="password" autocomplete="current-password" required />
            </label>
          </>
        ) : (
          <label class="field">
            <span>Bearer token</span>
            <input name="token" type="password" autocomplete="off" spellcheck={false} required />
          </label>
        )}
        <p class="form-error" role="alert">
          {error}
        </p>
        <button type="submit" class="button primary" disabled={isBusy}>
          {isBusy ? 'Signing in…' : 'Sign in'}
        </button>
        <p class="small-print">The token stays in this tab and goes when it is closed.</p>
      </form>
    </main>
  );
}
