// Makes package-lock.json the same wherever it was written: hosts are taken out, and packages of other platforms that
// the registry at hand does not have are put in, without which `npm ci` calls the file out of date.
import { readFileSync, writeFileSync } from 'node:fs';

const file = new URL('../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
const packages = lock.packages;

for (const entry of Object.values(packages)) {
  delete entry.funding;
  delete entry.resolved;
}

/** "@rollup/rollup-linux-arm-gnueabihf" is of linux and arm. They are never installed where we build. */
function platformOf(name) {
  const systems = [
    'aix',
    'android',
    'darwin',
    'freebsd',
    'linux',
    'netbsd',
    'openbsd',
    'openharmony',
    'sunos',
    'win32',
  ];
  const words = name.split('/').pop().split('-');
  const at = words.findIndex((word) => systems.includes(word));
  if (at < 0) return undefined;
  const platform = { os: [words[at]], cpu: [words[at + 1]] };
  if (words.includes('musl')) platform.libc = ['musl'];
  return platform;
}

for (const entry of Object.values({ ...packages })) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const platform = platformOf(name);
    if (packages[`node_modules/${name}`] === undefined && platform !== undefined) {
      packages[`node_modules/${name}`] = {
        version,
        ...(entry.dev ? { dev: true } : {}),
        optional: true,
        ...platform,
      };
    }
  }
}

lock.packages = Object.fromEntries(Object.entries(packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
