import { expect, test } from 'vitest';
import { snippetsFor, type Target, tarnArgument } from './snippets';

const target: Target = {
  origin: 'http://127.0.0.1:8080',
  warehouse: 'iceberg',
  namespace: ['shop'],
  name: 'orders',
  authenticates: false,
};

function textOf(client: string, of: Target): string {
  return snippetsFor(of).find((snippet) => snippet.client === client)?.text ?? '';
}

test('every client is told this server and its warehouse', () => {
  for (const snippet of snippetsFor(target)) {
    expect(snippet.text).toContain('http://127.0.0.1:8080/catalog');
    expect(snippet.text).toContain('iceberg');
    expect(snippet.text).toContain('orders');
    expect(snippet.text).not.toContain('client');
  }
});

test('credentials are asked for where the server wants them', () => {
  for (const snippet of snippetsFor({ ...target, authenticates: true }))
    expect(snippet.text).toContain('<client id>');
});

test('odd names are quoted as each client wants it', () => {
  const odd: Target = { ...target, namespace: ['a b', 'c'], name: 'it"s' };
  expect(textOf('PyIceberg', odd)).toContain('load_table(("a b", "c", "it\\"s"))');
  expect(textOf('Spark', odd)).toContain('tarn.`a b`.c.`it"s`');
  expect(textOf('Trino', odd)).toContain('tarn."a b.c"."it""s"');
  expect(textOf('Trino', odd)).toContain('nested-namespace-enabled=true');
  expect(textOf('DuckDB', odd)).toContain('tarn."a b.c"."it""s"');
});

test('a warehouse alone is listed', () => {
  const { namespace: _, name: __, ...whole } = target;
  expect(textOf('PyIceberg', whole)).toContain('list_namespaces');
  expect(textOf('Spark', whole)).toContain('SHOW NAMESPACES');
});

test('tarnArgument is one word for the shell', () => {
  expect(tarnArgument(['a', 'b'], 'c')).toBe('a.b.c');
  expect(tarnArgument(['a.b'], "it's")).toBe(`'"a.b".it'\\''s'`);
});
