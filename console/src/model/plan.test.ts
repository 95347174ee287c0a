import { expect, it } from 'vitest';
import { planOf, secondsOf } from './plan';

it('reads a plan', () => {
  const plan = planOf(
    JSON.stringify([
      {
        name: 'PROJECTION',
        extra_info: { Projections: ['a', 'b'], 'Estimated Cardinality': '12' },
        children: [
          {
            name: 'ICEBERG_SCAN ',
            extra_info: { Table: 't', 'Filename(s)': '/a, /b' },
            children: [],
          },
        ],
      },
    ]),
  );
  expect(plan?.seconds).toBeUndefined();
  expect(plan?.root).toMatchObject({
    name: 'PROJECTION',
    rows: 12,
    isEstimate: true,
    facts: [{ name: 'Projections', value: 'a, b' }],
  });
  expect(plan?.root.children[0]).toMatchObject({
    name: 'ICEBERG_SCAN',
    rows: undefined,
    facts: [{ name: 'Table', value: 't' }],
  });
});

it('reads what was measured', () => {
  const plan = planOf(
    JSON.stringify({
      latency: 0.5,
      children: [
        {
          operator_type: 'EXPLAIN_ANALYZE',
          children: [
            {
              operator_name: 'HASH_GROUP_BY',
              operator_timing: 0.25,
              operator_cardinality: 5,
              extra_info: {},
              children: [{ operator_type: 'TABLE_SCAN', operator_timing: 0.2, children: [] }],
            },
          ],
        },
      ],
    }),
  );
  expect(plan?.seconds).toBe(0.5);
  expect(plan?.root).toMatchObject({ name: 'HASH_GROUP_BY', rows: 5, isEstimate: false });
  expect(secondsOf(plan?.root ?? ({ children: [] } as never))).toBeCloseTo(0.45);
});

it('takes nothing else for one', () => {
  for (const text of ['', 'no JSON', '{}', '[]', 'null', '{"result": "error"}', '[{"a": 1}]'])
    expect(planOf(text)).toBeUndefined();
});
