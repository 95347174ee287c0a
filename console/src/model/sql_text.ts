/** SQL as text: its words, its statements, and what could stand at a place in it. */
export type TokenKind = 'keyword' | 'word' | 'quoted' | 'string' | 'number' | 'comment' | 'other';

export interface Token {
  kind: TokenKind;
  from: number;
  to: number;
}

export const keywords = new Set(
  `ALL ALTER ANALYZE AND ANY ARRAY AS ASC BEGIN BETWEEN BY CALL CASE CAST COLUMN COMMENT COMMIT CREATE CROSS CURRENT_DATE
  CURRENT_TIMESTAMP DATE DELETE DESC DESCRIBE DISTINCT DROP ELSE END EXCEPT EXECUTE EXISTS EXPLAIN FALSE FETCH FILTER FIRST
  FOR FROM FULL GROUP HAVING IF IN INNER INSERT INTERSECT INTERVAL INTO IS JOIN LAST LATERAL LEFT LIKE LIMIT MAP MATCHED
  MERGE NOT NULL NULLS OF OFFSET ON OR ORDER OUTER OVER OVERWRITE PARTITION PREPARE QUALIFY RENAME REPLACE RIGHT ROLLBACK
  ROW ROWS SCHEMA SCHEMAS SELECT SESSION SET SHOW START TABLE TABLES TABLESAMPLE THEN TIMESTAMP TO TRANSACTION TRUE TRUNCATE UNION
  UNNEST UPDATE USE USING VALUES VERSION VIEW WHEN WHERE WINDOW WITH`.split(/\s+/),
);

const pattern =
  /(?<comment>--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<string>'(?:[^']|'')*(?:'|$))|(?<quoted>"(?:[^"]|"")*(?:"|$))|(?<number>\d[\w.]*)|(?<word>[\p{L}_][\p{L}\p{N}_$]*)|(?<other>\s+|[\s\S])/gu;

export function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const found of text.matchAll(pattern)) {
    const groups = found.groups ?? {};
    const name = Object.keys(groups).find((one) => groups[one] !== undefined) ?? 'other';
    const kind =
      name === 'word' && keywords.has(found[0].toUpperCase()) ? 'keyword' : (name as TokenKind);
    tokens.push({ kind, from: found.index, to: found.index + found[0].length });
  }
  return tokens;
}

export interface Statement {
  text: string;
  /** Where it begins in the whole. */
  from: number;
}

/** The statements of a text, which semicolons part; those of comments and spaces alone are left out. */
export function statementsOf(text: string): Statement[] {
  const statements: Statement[] = [];
  let begin: number | undefined;
  let end = 0;
  const close = () => {
    if (begin !== undefined) statements.push({ text: text.slice(begin, end), from: begin });
    begin = undefined;
  };
  for (const token of tokensOf(text)) {
    const part = text.slice(token.from, token.to);
    if (part === ';') close();
    else if (token.kind !== 'comment' && part.trim() !== '') {
      begin ??= token.from;
      end = token.to;
    }
  }
  close();
  return statements;
}

/** The statement that a place is in, or that ends before it. */
export function statementAt(text: string, at: number): Statement | undefined {
  const statements = statementsOf(text);
  return statements.findLast((one) => one.from <= at) ?? statements[0];
}

/** The place of a line and a column, which count from 1. */
export function offsetOf(text: string, line: number, column: number): number {
  let at = 0;
  for (let i = 1; i < line; i += 1) {
    const next = text.indexOf('\n', at);
    if (next < 0) return text.length;
    at = next + 1;
  }
  // Columns count characters, of which some are two of JavaScript's.
  const rest = [...(text.slice(at).split('\n')[0] ?? '')];
  return at + rest.slice(0, column - 1).join('').length;
}

export function lineAndColumnOf(text: string, at: number): { line: number; column: number } {
  const before = text.slice(0, at).split('\n');
  return { line: before.length, column: [...(before.at(-1) ?? '')].length + 1 };
}

/** Names as they must be written: in quotes unless they are plain. */
export function quotedName(name: string): string {
  const isPlain = /^[a-z_][a-z0-9_]*$/.test(name) && !keywords.has(name.toUpperCase());
  return isPlain ? name : `"${name.replaceAll('"', '""')}"`;
}

export interface TableName {
  schema: string;
  table: string;
}

export interface Names {
  tables: TableName[];
  /** Of the tables that the statement names. */
  columns: (TableName & { column: string; type: string })[];
  /** The schema of tables that are named without one. */
  schema: string;
}

export interface Completion {
  text: string;
  kind: 'keyword' | 'schema' | 'table' | 'column';
  hint: string;
}

const dotted = /((?:[\p{L}\p{N}_$]+|"[^"\n]*")\.)*([\p{L}_][\p{L}\p{N}_$]*)?$/u;
const namedTables =
  /\b(?:from|join|into|update|table|describe)\s+((?:"[^"]+"|[\w$]+)(?:\.(?:"[^"]+"|[\w$]+))*)(?:\s+(?:as\s+)?([a-z_]\w*))?/gi;

function plainName(text: string): string {
  return text.startsWith('"') ? text.slice(1, -1).replaceAll('""', '"') : text.toLowerCase();
}

interface Mention extends TableName {
  alias: string;
}

/** The tables that a statement names, with what it calls them. */
export function mentionsOf(statement: string, schema: string): Mention[] {
  const found: Mention[] = [];
  for (const [, path = '', alias = ''] of statement.matchAll(namedTables)) {
    const levels = (path.match(/"[^"]+"|[\w$]+/g) ?? []).map(plainName);
    const table = levels.at(-1) ?? '';
    const isAlias = alias !== '' && !keywords.has(alias.toUpperCase());
    found.push({
      schema: levels.at(-2) ?? schema,
      table,
      alias: isAlias ? alias.toLowerCase() : table,
    });
  }
  return found;
}

function isOf(mention: TableName, one: TableName): boolean {
  return mention.schema === one.schema && mention.table === one.table;
}

/** What begins like the word before `at`, and where that word begins. */
export function completionsAt(
  text: string,
  at: number,
  names: Names,
): { from: number; items: Completion[] } {
  const [, before = '', prefix = ''] = dotted.exec(text.slice(0, at)) ?? [];
  const whole = dotted.exec(text.slice(0, at))?.[0] ?? '';
  const levels = (whole.slice(0, whole.length - prefix.length).match(/"[^"]*"|[^."]+/g) ?? []).map(
    plainName,
  );
  const statement = statementAt(text, at)?.text ?? '';
  const mentions = mentionsOf(statement, names.schema);
  const all: Completion[] = [];
  const columnsOf = (wanted: (mention: Mention) => boolean) => {
    for (const one of names.columns) {
      if (mentions.some((mention) => wanted(mention) && isOf(mention, one)))
        all.push({ text: quotedName(one.column), kind: 'column', hint: one.type });
    }
  };
  const tablesOf = (schema: string) => {
    for (const one of names.tables) {
      if (one.schema === schema)
        all.push({ text: quotedName(one.table), kind: 'table', hint: schema });
    }
  };
  if (before !== '') {
    const last = levels.at(-1) ?? '';
    columnsOf((mention) => mention.alias === last || mention.table === last);
    tablesOf(last);
    // Otherwise it is a catalog.
    if (levels.length === 1 && all.length === 0) schemasOf(names, all);
  } else {
    columnsOf(() => true);
    tablesOf(names.schema);
    schemasOf(names, all);
    for (const word of keywords) all.push({ text: word, kind: 'keyword', hint: '' });
  }
  const start = prefix.toLowerCase();
  const seen = new Set<string>();
  const items = all.filter((one) => {
    const isNew = !seen.has(one.text);
    if (!one.text.replace(/^"/, '').toLowerCase().startsWith(start) || !isNew) return false;
    seen.add(one.text);
    return true;
  });
  return { from: at - prefix.length, items: items.slice(0, 50) };
}

function schemasOf(names: Names, into: Completion[]): void {
  for (const schema of new Set(names.tables.map((one) => one.schema)))
    into.push({ text: quotedName(schema), kind: 'schema', hint: '' });
}
