// Fauxton, CouchDB's console, in Chromium in front of a node.
//
//   node fauxton.mjs URL CHROMIUM DIRECTORY RELEASE
//
// RELEASE is the directory with Fauxton's pages. They are served below /_utils of an origin of their own, whose other
// paths lead to the node, as with a proxy in front of both. Says how many checks there are, and one line for each.
import assert from 'node:assert/strict';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createServer, request as ask } from 'node:http';
import { extname, join, normalize } from 'node:path';
import { check, run, until } from './script.mjs';
import { openBrowser } from './pages.mjs';

const [url, executable, directory, release] = process.argv.slice(2);
const { hostname, port, origin, username, password } = new URL(url);
const TYPES = { '.html': 'text/html', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.png': 'image/png' };

async function serveFile(path, response) {
  const file = join(release, normalize(path === '/' ? '/index.html' : path));
  const found = await stat(file).catch(() => null);
  if (!found?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  response.writeHead(200, { 'content-type': TYPES[extname(file)] ?? 'application/octet-stream' });
  createReadStream(file).pipe(response);
}

function passOn(request, response) {
  const headers = { ...request.headers, host: `${hostname}:${port}` };
  const onward = ask({ hostname, port, path: request.url, method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  onward.on('error', () => response.destroy());
  response.on('close', () => onward.destroy());
  request.pipe(onward);
}

async function serve() {
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url, 'http://any');
    if (pathname.startsWith('/_utils/')) serveFile(decodeURIComponent(pathname.slice('/_utils'.length)), response);
    else passOn(request, response);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return `http://127.0.0.1:${server.address().port}`;
}

async function node(method, path, body) {
  const authorization = `Basic ${btoa(`${username}:${password}`)}`;
  const answer = await fetch(origin + path, {
    method, body: body && JSON.stringify(body), headers: { authorization, 'content-type': 'application/json' },
  });
  return { status: answer.status, body: await answer.json() };
}

let page;
let home;

// Goes to a place of the console, which it names behind the hash.
async function visit(place) {
  // Otherwise a place that is open already is not loaded again.
  await page.goto('about:blank');
  await page.goto(`${home}/_utils/#${place}`);
}

function shows(text) {
  return page.getByText(text, { exact: false }).first().waitFor({ timeout: 90_000 });
}

const checks = {
  async login_right_opensTheDatabases() {
    await page.goto(`${home}/_utils/`);
    await page.locator('#username').fill(username);
    await page.locator('#password').fill(password);
    await page.locator('#login-form button[type=submit], #login-form input[type=submit], #submit').first().click();
    await page.locator('#username').waitFor({ state: 'detached' });
    await visit('/_all_dbs');
    await shows('_users');
  },

  async database_created_isThere() {
    await visit('/_all_dbs');
    await page.locator('.add-new-database-btn, .new-database-btn').first().click();
    await page.locator('#js-new-database-name').fill('made-by-fauxton');
    const partitioned = page.locator('#non-partitioned-db');
    if (await partitioned.count()) await partitioned.check({ force: true });
    await page.locator('#js-create-database').click();
    await until('the database is there', async () => (await node('GET', '/made-by-fauxton')).status === 200);
  },

  async documents_many_areListed() {
    const docs = Array.from({ length: 30 }, (_, i) => ({ _id: `island-${String(i).padStart(2, '0')}`, coast: i }));
    await node('POST', '/made-by-fauxton/_bulk_docs', { docs });
    await visit('/database/made-by-fauxton/_all_docs');
    await shows('island-00');
  },

  async document_opened_showsItsMembers() {
    await visit('/database/made-by-fauxton/island-07');
    await shows('island-07');
    await page.locator('.ace_content').first().waitFor();
    assert.match(await page.locator('.ace_content').first().innerText(), /"coast"/);
  },

  async view_made_isListed() {
    const views = { coast: { map: 'function (doc) { emit(doc.coast, null); }', reduce: '_count' } };
    await node('PUT', '/made-by-fauxton/_design/d', { language: 'javascript', views });
    await visit('/database/made-by-fauxton/_design/d/_view/coast');
    await shows('island-03');
  },

  async query_run_findsOne() {
    await visit('/database/made-by-fauxton/_find');
    await page.locator('#query-field, .ace_content').first().waitFor();
    const button = page.getByRole('button', { name: 'Run Query' });
    await button.waitFor();
    await button.click();
    await page.getByText(/Executed in|No Documents Found/).first().waitFor({ timeout: 90_000 });
  },

  async configAndTasks_areShown() {
    const name = (await node('GET', '/_membership')).body.all_nodes[0];
    await visit(`/_config/${name}`);
    await shows('max_document_size');
    await visit('/activetasks');
    await page.getByText(/Active Tasks/).first().waitFor();
  },
};

await run(async () => {
  home = await serve();
  const browser = await openBrowser(executable, directory);
  try {
    page = await browser.newPage();
    page.setDefaultTimeout(90_000);
    await check(checks);
  } finally {
    await browser.close();
  }
});
