import { describe, expect, test } from 'vitest';
import { parseJson } from './json';

describe('parseJson', () => {
  test.each([
    ['a snapshot id', '{"id":3821550127947089009}', { id: '3821550127947089009' }],
    ['a negative one', '[-3821550127947089009]', ['-3821550127947089009']],
    ['a small number', '{"n":42,"time":1700000000000}', { n: 42, time: 1700000000000 }],
    ['digits in text', '{"s":"3821550127947089009"}', { s: '3821550127947089009' }],
    [
      'digits in text after a quote',
      '{"s":"\\"3821550127947089009,"}',
      { s: '"3821550127947089009,' },
    ],
    ['a fraction', '[1234567890123456.5]', [1234567890123456.5]],
    ['a key of digits', '{"3821550127947089009":1}', { '3821550127947089009': 1 }],
    ['a backslash at the end', '["\\\\",3821550127947089009]', ['\\', '3821550127947089009']],
  ])('%s', (_, text, value) => {
    expect(parseJson(text)).toEqual(value);
  });
});
