import { defineConfig } from 'vite';

/** Where `npm run dev` finds the data: a `tarn serve` of this machine. */
const server = 'http://127.0.0.1:8080';

export default defineConfig({
  base: '/ui/',
  // esbuild compiles the JSX; no plugin is needed.
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact' },
  build: {
    target: 'es2022',
    assetsInlineLimit: 0, // data: addresses would need a weaker content security policy
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
    sourcemap: false,
  },
  server: { proxy: { '/catalog': server, '/api': server, '/v1': server } },
});
