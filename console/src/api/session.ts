/** Who the console is signed in as. The token lives as long as the tab, and nowhere else. */
export interface Session {
  token: string;
  /** When it ends, in milliseconds since 1970; unset if the server did not say. */
  endsAt?: number;
}

const key = 'tarn.session';
const listeners = new Set<() => void>();
let isDemanded = false;

export function session(): Session | undefined {
  const text = sessionStorage.getItem(key);
  if (text === null) return undefined;
  try {
    return JSON.parse(text) as Session;
  } catch {
    return undefined;
  }
}

export function keepSession(kept: Session | undefined): void {
  if (kept === undefined) sessionStorage.removeItem(key);
  else sessionStorage.setItem(key, JSON.stringify(kept));
  isDemanded = false;
  for (const listener of listeners) listener();
}

/** True once the server has refused a call for want of a (good) token. */
export function isSignInDemanded(): boolean {
  return isDemanded;
}

export function demandSignIn(): void {
  if (isDemanded) return;
  isDemanded = true;
  sessionStorage.removeItem(key);
  for (const listener of listeners) listener();
}

export function onSessionChange(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}
