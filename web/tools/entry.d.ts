import type { Plugin } from 'vite';

/** Emits `client.js` under a stable name, and compressed copies of text files. */
export function stableEntry(): Plugin;
