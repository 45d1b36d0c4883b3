import { defineConfig } from 'vite';
import { stableEntry } from './tools/entry.js';

// The gateway of the local stack; only `npm run dev` talks to it from here.
const gateway = 'http://127.0.0.1:8000';

export default defineConfig({
  plugins: [stableEntry()],
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  server: {
    host: '127.0.0.1',
    // Links are found by the server's list of top-level domains.
    fs: { allow: ['.', '../shared/text'] },
    proxy: { '/1': gateway, '/2': gateway, '/healthz': gateway },
  },
  build: {
    target: 'es2022',
    // A strict Content-Security-Policy forbids data: URLs, so nothing is inlined.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
