// Web pages of another origin than the node's, and a browser to open them in.
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { chromium } from 'playwright-core';

const POUCHDB = join(dirname(createRequire(import.meta.url).resolve('pouchdb/package.json')), 'dist/pouchdb.min.js');
const PAGE = '<!doctype html><meta charset="utf-8"><title>tasks</title><script src="/pouchdb.js"></script>';

// Serves a page that loads PouchDB; says its origin.
export async function servePage() {
  const library = await readFile(POUCHDB);
  const server = createServer((request, response) => {
    const script = request.url === '/pouchdb.js';
    response.writeHead(200, { 'content-type': script ? 'text/javascript' : 'text/html; charset=utf-8' });
    response.end(script ? library : PAGE);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

// A browser with its profile in that directory, which talks to nobody but whom a page names.
export function openBrowser(executable, directory) {
  return chromium.launchPersistentContext(directory, {
    executablePath: executable,
    headless: true,
    chromiumSandbox: false,
    args: [
      '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage',
    ],
  });
}
