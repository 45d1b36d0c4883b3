/**
 * Names that stay the same from build to build, for pages that the server makes without
 * knowing this build: `client.js` loads the client where its reader is logged in, or where
 * the page is empty without it. Beside each text file stand smaller ones for servers that
 * can send them.
 */
import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const TEXT = /\.(?:js|css|html|svg|json)$/;
const SMALL = 1024;

function loader(entry, styles) {
  return `const app = document.getElementById('app');
let known = false;
try {
  known = localStorage.getItem('rookery.session') !== null;
} catch {
  // Blocked storage counts as signed out.
}
if (known || app?.dataset.needs === 'client') {
  const loaded = ${JSON.stringify(styles)}.map(
    (href) =>
      new Promise((done) => {
        const link = Object.assign(document.createElement('link'), { rel: 'stylesheet', href });
        link.onload = link.onerror = done;
        document.head.append(link);
      }),
  );
  Promise.all(loaded).then(() => import(${JSON.stringify(entry)}));
}
`;
}

function compress(folder) {
  for (const name of readdirSync(folder)) {
    const file = join(folder, name);
    if (statSync(file).isDirectory()) {
      compress(file);
    } else if (TEXT.test(name) && statSync(file).size >= SMALL) {
      const text = readFileSync(file);
      writeFileSync(`${file}.gz`, gzipSync(text, { level: 9 }));
      const params = { [constants.BROTLI_PARAM_QUALITY]: constants.BROTLI_MAX_QUALITY };
      writeFileSync(`${file}.br`, brotliCompressSync(text, { params }));
    }
  }
}

export function stableEntry() {
  let folder = 'dist';
  return {
    name: 'rookery-stable-entry',
    apply: 'build',
    configResolved(config) {
      folder = join(config.root, config.build.outDir);
    },
    generateBundle(_, bundle) {
      const parts = Object.values(bundle);
      const entry = parts.find((part) => part.type === 'chunk' && part.isEntry);
      const styles = parts.map((part) => part.fileName).filter((name) => name.endsWith('.css'));
      const source = loader(
        `/${entry.fileName}`,
        styles.map((name) => `/${name}`),
      );
      this.emitFile({ type: 'asset', fileName: 'client.js', source });
    },
    closeBundle() {
      compress(folder);
    },
  };
}
