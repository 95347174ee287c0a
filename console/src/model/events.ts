/** Server-sent events out of the pieces of text in which they come. */
export interface ServerEvent {
  id: string;
  type: string;
  data: string;
}

export class EventReader {
  private rest = '';

  /** The events that `text` completes; comments are left out. */
  feed(text: string): ServerEvent[] {
    const blocks = (this.rest + text).split('\n\n');
    this.rest = blocks.pop() ?? '';
    return blocks.map(eventOf).filter((event) => event.data !== '');
  }
}

function eventOf(block: string): ServerEvent {
  const event: ServerEvent = { id: '', type: 'message', data: '' };
  const data: string[] = [];
  for (const line of block.split('\n')) {
    const colon = line.indexOf(':');
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (name === 'id') event.id = value;
    else if (name === 'event') event.type = value;
    else if (name === 'data') data.push(value);
  }
  event.data = data.join('\n');
  return event;
}
