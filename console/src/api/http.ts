import { parseJson } from './json';
import { demandSignIn, keepSession, session } from './session';

/** What the server answered instead of data. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly type: string,
    message: string,
  ) {
    super(message);
  }
}

/** The message of an error answer, whichever surface it comes from. */
export function errorOf(status: number, text: string): ApiError {
  try {
    const body = JSON.parse(text) as Record<string, unknown>;
    const error = (
      typeof body.error === 'object' && body.error !== null ? body.error : body
    ) as Record<string, unknown>;
    const message = error.message ?? body.error_description ?? body.message;
    if (typeof message === 'string') {
      const type = error.type ?? error.code;
      return new ApiError(status, typeof type === 'string' ? type : '', message);
    }
  } catch {
    // Not JSON: a proxy's page, or nothing.
  }
  return new ApiError(status, '', `The server answered ${status}`);
}

/**
 * There are no cookies, and a 401 must not make the browser ask for a password with a form of its own.
 */
const quietly: RequestInit = { credentials: 'omit' };

/** The server's answer, which is a good one. Errors: ApiError. */
export async function send(path: string, init: RequestInit = {}): Promise<Response> {
  const headers = new Headers(init.headers);
  if (!headers.has('Accept')) headers.set('Accept', 'application/json');
  const token = session()?.token;
  if (token !== undefined) headers.set('Authorization', `Bearer ${token}`);
  let response: Response;
  try {
    response = await fetch(path, { ...quietly, ...init, headers });
  } catch (error) {
    if (init.signal?.aborted) throw error;
    throw new ApiError(0, 'Unreachable', 'The server cannot be reached. Is it running?');
  }
  if (response.ok) return response;
  if (response.status === 401) demandSignIn();
  throw errorOf(response.status, await response.text());
}

export async function getJson<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await send(path, signal ? { signal } : {});
  return parseJson(await response.text()) as T;
}

function jsonBody(method: string, body: unknown): RequestInit {
  return {
    method,
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  };
}

export async function postJson<T>(path: string, body: unknown = {}): Promise<T> {
  const response = await send(path, jsonBody('POST', body));
  return parseJson(await response.text()) as T;
}

export async function putJson<T>(path: string, body: unknown): Promise<T> {
  const response = await send(path, jsonBody('PUT', body));
  return parseJson(await response.text()) as T;
}

export async function deleteJson(path: string): Promise<void> {
  await send(path, { method: 'DELETE' });
}

/** What the server answers to `body`, a file. */
export async function postForFile(path: string, body: unknown): Promise<Blob> {
  const response = await send(path, jsonBody('POST', body));
  return response.blob();
}

interface TokenAnswer {
  access_token: string;
  expires_in?: number;
}

async function askForToken(form: Record<string, string>, token?: string): Promise<void> {
  const headers: Record<string, string> = { 'Content-Type': 'application/x-www-form-urlencoded' };
  if (token !== undefined) headers.Authorization = `Bearer ${token}`;
  const response = await fetch('/catalog/v1/oauth/tokens', {
    ...quietly,
    method: 'POST',
    headers,
    body: new URLSearchParams(form),
  });
  const text = await response.text();
  if (!response.ok) throw errorOf(response.status, text);
  const answer = parseJson(text) as TokenAnswer;
  keepSession({
    token: answer.access_token,
    ...(answer.expires_in ? { endsAt: Date.now() + answer.expires_in * 1000 } : {}),
  });
}

export function signIn(clientId: string, clientSecret: string): Promise<void> {
  return askForToken({
    grant_type: 'client_credentials',
    client_id: clientId,
    client_secret: clientSecret,
    scope: 'catalog',
  });
}

/** Keeps a token that was made elsewhere, if the server takes it. */
export async function signInWithToken(token: string): Promise<void> {
  const response = await fetch('/api/v1/warehouses', {
    ...quietly,
    headers: { Authorization: `Bearer ${token}` },
  });
  if (!response.ok) throw errorOf(response.status, await response.text());
  keepSession({ token });
}

/** A new token for one that ends soon; what goes wrong shows at the next call. */
export async function renewSession(): Promise<void> {
  const old = session();
  if (old === undefined) return;
  try {
    await askForToken(
      {
        grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
        subject_token: old.token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        scope: 'catalog',
      },
      old.token,
    );
  } catch {
    // The old one is good until it ends; then the server asks.
  }
}
