// @vitest-environment node
import { dirname, join } from 'node:path/posix';
import { expect, it } from 'vitest';

const files: Record<string, string> = import.meta.glob('../src/**/*.{ts,tsx}', {
  query: '?raw',
  import: 'default',
  eager: true,
});

/** Folders that files of each folder import from. */
const imports = new Map<string, Set<string>>();
for (const [path, text] of Object.entries(files)) {
  const folder = dirname(path);
  const found = imports.get(folder) ?? new Set();
  for (const [, target] of text.matchAll(/from '(\.[^']+)'/g)) {
    const other = dirname(join(folder, target ?? ''));
    if (other !== folder) found.add(other);
  }
  imports.set(folder, found);
}

/** The folders on a way from one back to itself, if there is one. */
function circle(folder: string, way: string[] = []): string[] | null {
  if (way.includes(folder)) return [...way.slice(way.indexOf(folder)), folder];
  for (const next of imports.get(folder) ?? []) {
    const found = circle(next, [...way, folder]);
    if (found) return found;
  }
  return null;
}

it('no folder imports one that imports it back', () => {
  expect(imports.size).toBeGreaterThan(15);
  expect(imports.get('../src/state')).toContain('../src/api');
  for (const folder of imports.keys()) expect(circle(folder)).toBeNull();
});

it('no folder holds more than twenty files', () => {
  const counts = new Map<string, number>();
  for (const path of Object.keys(files)) {
    counts.set(dirname(path), (counts.get(dirname(path)) ?? 0) + 1);
  }
  for (const [folder, count] of counts) expect(count, folder).toBeLessThanOrEqual(20);
});
