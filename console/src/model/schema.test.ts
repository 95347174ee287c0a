import { expect, test } from 'vitest';
import type { Schema } from '../api/types';
import { fieldName, partitionTerms, rowsOf, schemaChanges, sortTerms, typeText } from './schema';

const schema: Schema = {
  'schema-id': 1,
  'identifier-field-ids': [1],
  fields: [
    { id: 1, name: 'id', required: true, type: 'long', doc: 'the key' },
    {
      id: 2,
      name: 'lines',
      required: false,
      type: {
        type: 'list',
        'element-id': 3,
        'element-required': false,
        element: {
          type: 'struct',
          fields: [
            {
              id: 4,
              name: 'price',
              required: true,
              type: 'decimal(9, 2)',
              'write-default': '0.00',
            },
          ],
        },
      },
    },
    {
      id: 5,
      name: 'tags',
      required: false,
      type: {
        type: 'map',
        'key-id': 6,
        key: 'string',
        'value-id': 7,
        value: 'int',
        'value-required': false,
      },
    },
  ],
};

test('every level has its row, in order', () => {
  expect(rowsOf(schema).map((row) => [row.id, row.depth, row.path, row.type])).toEqual([
    [1, 0, 'id', 'long'],
    [2, 0, 'lines', 'list<struct>'],
    [3, 1, 'lines.element', 'struct'],
    [4, 2, 'lines.element.price', 'decimal(9, 2)'],
    [5, 0, 'tags', 'map<string, int>'],
    [6, 1, 'tags.key', 'string'],
    [7, 1, 'tags.value', 'int'],
  ]);
  const [id, , , price] = rowsOf(schema);
  expect(id).toMatchObject({
    isIdentifier: true,
    doc: 'the key',
    required: true,
    hasChildren: false,
  });
  expect(price).toMatchObject({ writeDefault: '0.00', initialDefault: undefined });
});

test('typeText names nested types', () => {
  expect(
    typeText({ type: 'list', 'element-id': 1, 'element-required': true, element: 'uuid' }),
  ).toBe('list<uuid>');
});

test('changes go by ids, not by names', () => {
  const next: Schema = {
    ...schema,
    'identifier-field-ids': [],
    fields: [
      { id: 8, name: 'note', required: false, type: 'string' },
      { id: 1, name: 'key', required: true, type: 'long', doc: 'the key' },
      { id: 5, name: 'tags', required: true, type: 'string' },
    ],
  };
  expect(schemaChanges(schema, next)).toEqual([
    'added note string',
    'renamed id to key',
    'key is no identifier any more',
    'tags: map<string, int> became string',
    'tags became required',
    'dropped lines',
    'dropped lines.element',
    'dropped lines.element.price',
    'dropped tags.key',
    'dropped tags.value',
  ]);
  expect(schemaChanges(schema, { ...schema, fields: [...schema.fields].reverse() })).toEqual([
    'columns reordered',
  ]);
  expect(schemaChanges(schema, schema)).toEqual([]);
});

test('terms read like SQL', () => {
  const fields = [
    { 'source-id': 1, 'field-id': 1000, name: 'id_bucket', transform: 'bucket[16]' },
    { 'source-id': 4, 'field-id': 1001, name: 'price', transform: 'identity' },
    { 'source-ids': [1, 5], 'field-id': 1002, name: 'x', transform: 'later' },
    { 'source-id': 99, 'field-id': 1003, name: 'y', transform: 'day' },
  ];
  expect(partitionTerms([schema], { 'spec-id': 0, fields })).toEqual([
    'bucket(id, 16)',
    'lines.element.price',
    'later(id, tags)',
    'day(field 99)',
  ]);
  const order = {
    'source-id': 1,
    transform: 'identity',
    direction: 'desc',
    'null-order': 'nulls-last',
  } as const;
  expect(sortTerms([schema], { 'order-id': 1, fields: [order] })).toEqual(['id DESC NULLS LAST']);
});

test('a dropped column keeps the name it had', () => {
  expect(fieldName([schema, { fields: [] }], 4)).toBe('lines.element.price');
});
