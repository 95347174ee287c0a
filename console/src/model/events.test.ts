import { expect, test } from 'vitest';
import { EventReader, type ServerEvent } from './events';

const stream =
  ': still there\n\nid: 1\nevent: progress\ndata: {"a": 1}\n\ndata: x\ndata:y\n\nid: 2\nevent: ended\ndata: z\n\ndata: cut';
const events: ServerEvent[] = [
  { id: '1', type: 'progress', data: '{"a": 1}' },
  { id: '', type: 'message', data: 'x\ny' },
  { id: '2', type: 'ended', data: 'z' },
];

test.each([1, 2, 7, stream.length])('events come whole in pieces of %i', (size) => {
  const reader = new EventReader();
  const found: ServerEvent[] = [];
  for (let at = 0; at < stream.length; at += size)
    found.push(...reader.feed(stream.slice(at, at + size)));
  expect(found).toEqual(events);
});
