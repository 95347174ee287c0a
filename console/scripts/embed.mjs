// Turns the built console into one C++ source: every file as it is, as gzip and as Brotli.
//   node scripts/embed.mjs DIST OUTPUT.cc
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const types = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.svg': 'image/svg+xml',
  '.woff2': 'font/woff2',
};

function filesBelow(folder, prefix = '') {
  return readdirSync(join(folder, prefix), { withFileTypes: true })
    .flatMap((entry) => {
      const name = prefix + entry.name;
      return entry.isDirectory() ? filesBelow(folder, `${name}/`) : [name];
    })
    .sort();
}

/** A literal for std::string_view: printable ASCII as it is, the rest in octal. */
function literal(bytes) {
  if (bytes.length === 0) return '""sv';
  const lines = [];
  for (let at = 0; at < bytes.length; at += 64) {
    let line = '';
    for (const byte of bytes.subarray(at, at + 64)) {
      const isPlain =
        byte >= 0x20 && byte < 0x7f && byte !== 0x22 && byte !== 0x5c && byte !== 0x3f;
      line += isPlain ? String.fromCharCode(byte) : `\\${byte.toString(8).padStart(3, '0')}`;
    }
    lines.push(`"${line}"`);
  }
  return `${lines.join('\n')}sv`;
}

/** What does not get smaller is not kept twice. */
function unlessLarger(compressed, plain) {
  return compressed.length < plain.length ? compressed : Buffer.alloc(0);
}

const [dist, output] = process.argv.slice(2);
const assets = filesBelow(dist).map((path) => {
  const type = types[extname(path)];
  if (type === undefined) throw new Error(`embed.mjs: no content type for ${path}`);
  const plain = readFileSync(join(dist, path));
  const brotli = brotliCompressSync(plain, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY,
      [constants.BROTLI_PARAM_SIZE_HINT]: plain.length,
    },
  });
  const members = [
    ['path', `"${path}"`],
    ['content_type', `"${type}"`],
    ['etag', `"${createHash('sha256').update(plain).digest('hex').slice(0, 16)}"`],
    // Vite puts a hash of the content into the names of what is in assets/.
    ['is_immutable', String(path.startsWith('assets/'))],
    ['plain', literal(plain)],
    ['gzip', literal(unlessLarger(gzipSync(plain, { level: 9 }), plain))],
    ['brotli', literal(unlessLarger(brotli, plain))],
  ];
  return `    {${members.map(([name, value]) => `.${name} = ${value}`).join(',\n     ')}}`;
});

writeFileSync(
  output,
  `// Made by console/scripts/embed.mjs. NOLINTBEGIN
#include "tarn/console/asset.h"

#include <string_view>

namespace tarn::console {
namespace {

using std::string_view_literals::operator""sv;

constexpr Asset kAssets[] = {
${assets.join(',\n')},
};

}  // namespace

std::span<const Asset> EmbeddedAssets() { return kAssets; }

}  // namespace tarn::console
// NOLINTEND
`,
);
