/** What was run in this browser, the newest first; kept by the page that shows it. */
export interface HistoryEntry {
  text: string;
  dialect: string;
  at: number;
  outcome: 'done' | 'failed' | 'cancelled';
  rows: number;
  ms: number;
}

export const historyMax = 100;
const textMax = 20_000;

/** The same statement again takes the place of the earlier one. */
export function withEntry(history: HistoryEntry[], entry: HistoryEntry): HistoryEntry[] {
  if (entry.text.length > textMax) return history;
  const others = history.filter((one) => one.text !== entry.text || one.dialect !== entry.dialect);
  return [entry, ...others].slice(0, historyMax);
}

/** What was kept; nothing if that cannot be read. */
export function historyFrom(kept: string | null): HistoryEntry[] {
  try {
    const list: unknown = JSON.parse(kept ?? '[]');
    return Array.isArray(list)
      ? list.filter((one) => typeof one?.text === 'string' && typeof one?.at === 'number')
      : [];
  } catch {
    return [];
  }
}
