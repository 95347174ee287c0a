import { describe, expect, it } from 'vitest';
import { chosenColumns, editsOf, optionsOf, requestOf, termsOf } from './load_request';

describe('requestOf', () => {
  it('has the names of the data service', () => {
    expect(
      requestOf('postgres', [
        ['host', ' db '],
        ['port', '5432'],
        ['password', ' as it is '],
        ['cursor_start', '7'],
        ['cursor', 'id'],
        ['query', ''],
        ['partition_by', 'day(ts), bucket(id, 16)'],
        ['table', 'a.b'],
      ]),
    ).toEqual({
      host: 'db',
      port: 5432,
      password: ' as it is ',
      cursor: { column: 'id', start: '7' },
      partition_by: ['day(ts)', 'bucket(id, 16)'],
      table: 'a.b',
    });
  });

  it('tells paths from URLs and stores', () => {
    expect(requestOf('file', [['path', 'https://h/a.csv']])).toEqual({ url: 'https://h/a.csv' });
    expect(requestOf('file', [['path', '/a/*.csv']])).toEqual({ file_path: '/a/*.csv' });
    expect(requestOf('store', [['path', 'abfss://c@a.example/x/']])).toEqual({
      s3_path: 'abfss://c@a.example/x/',
    });
  });

  it('keeps what comes of web APIs apart', () => {
    expect(
      requestOf('api', [
        ['url', 'https://h/items'],
        ['params', 'limit=100&kind=a%20b'],
        ['token', 'secret'],
        ['total_pages', '3'],
        ['lineage', 'no'],
        ['keys', 'shop, number'],
      ]),
    ).toEqual({
      keys: ['shop', 'number'],
      url: 'https://h/items',
      params: { limit: '100', kind: 'a b' },
      auth: { type: 'bearer', token: 'secret' },
      total_pages: 3,
      lineage: false,
    });
  });
});

describe('chosenColumns', () => {
  const edits = () =>
    editsOf([
      { name: 'City', type: 'string', required: false },
      { name: 'zip', type: 'long', required: false },
    ]);

  it('says nothing of what was not edited', () => {
    expect(chosenColumns(edits())).toBeUndefined();
  });

  it('says what was', () => {
    const [city, zip] = edits();
    if (city === undefined || zip === undefined) throw new Error('no edits');
    expect(chosenColumns([city, { ...zip, type: 'string', name: 'code', comment: ' c ' }])).toEqual(
      [
        { name: 'City', source: 'City' },
        { name: 'code', source: 'zip', type: 'string', comment: 'c' },
      ],
    );
    expect(chosenColumns([{ ...city, isTaken: false }, zip])).toEqual([
      { name: 'zip', source: 'zip' },
    ]);
  });
});

it('parts terms and options', () => {
  expect(termsOf(' region,, truncate(name, 3) ')).toEqual(['region', 'truncate(name, 3)']);
  expect(optionsOf('delimiter=; header=false nonsense a==')).toEqual({
    delimiter: ';',
    header: 'false',
    a: '=',
  });
});
