/**
 * JSON whose numbers may be too large for JavaScript: snapshot ids have 64 bits. Integers of 16 digits and more become
 * text, so that they are shown and sent as they came.
 */
export function parseJson(text: string): unknown {
  return JSON.parse(withLongIntegersAsText(text));
}

const stringOrLongInteger = /"(?:[^"\\]|\\.)*"|-?\d{16,}(?![\d.eE])/g;

export function withLongIntegersAsText(text: string): string {
  return text.replace(stringOrLongInteger, (found) =>
    found.startsWith('"') ? found : `"${found}"`,
  );
}
