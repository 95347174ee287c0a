/** Plans of queries as trees, of EXPLAIN's JSON with and without ANALYZE. */
export interface PlanNode {
  name: string;
  facts: { name: string; value: string }[];
  /** Rows that came out, of ANALYZE; else how many are expected. */
  rows: number | undefined;
  isEstimate: boolean;
  /** Of its own work, of ANALYZE. */
  seconds: number | undefined;
  children: PlanNode[];
}

export interface Plan {
  root: PlanNode;
  /** Of all, of ANALYZE. */
  seconds: number | undefined;
}

type Json = Record<string, unknown>;

/** What is shown elsewhere, or is a line for each of thousands of files. */
const hidden = new Set(['Estimated Cardinality', 'Filename(s)']);

function numberOf(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'string') return undefined;
  const number = Number(value);
  return Number.isFinite(number) ? number : undefined;
}

function factsOf(info: unknown): PlanNode['facts'] {
  if (typeof info !== 'object' || info === null) return [];
  return Object.entries(info).flatMap(([name, value]) => {
    const text = Array.isArray(value) ? value.join(', ') : String(value);
    return hidden.has(name) || text === '' ? [] : [{ name, value: text }];
  });
}

function nodeOf(json: Json): PlanNode {
  const info = (json.extra_info ?? {}) as Json;
  const counted = numberOf(json.operator_cardinality);
  const children = Array.isArray(json.children) ? (json.children as Json[]) : [];
  return {
    name: String(json.operator_name || json.operator_type || json.name || '').trim(),
    facts: factsOf(info),
    rows: counted ?? numberOf(info['Estimated Cardinality']),
    isEstimate: counted === undefined,
    seconds: numberOf(json.operator_timing),
    children: children.map(nodeOf),
  };
}

/** Undefined for what is no such plan. */
export function planOf(text: string): Plan | undefined {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return undefined;
  }
  const top = (Array.isArray(json) ? json[0] : json) as Json | undefined;
  if (typeof top !== 'object' || top === null) return undefined;
  if (!('latency' in top)) {
    if (typeof top.name !== 'string' || !Array.isArray(top.children)) return undefined;
    return { root: nodeOf(top), seconds: undefined };
  }
  // What ANALYZE measured is below the statement, and EXPLAIN itself.
  let [first] = top.children as Json[];
  if (first?.operator_type === 'EXPLAIN_ANALYZE') [first] = first.children as Json[];
  if (first === undefined) return undefined;
  return { root: nodeOf(first), seconds: numberOf(top.latency) };
}

/** The seconds of a node and all below it. */
export function secondsOf(node: PlanNode): number {
  return node.children.reduce((sum, child) => sum + secondsOf(child), node.seconds ?? 0);
}
