// PouchDB in Chromium, in a page of another origin, and a node.
//
//   node browser.mjs URL CHROMIUM DIRECTORY
//
// In the end says {"step":"result"} with what each side has.
import { noise, run, sha256, tell, until } from './script.mjs';
import { openBrowser, servePage } from './pages.mjs';

const [url, executable, directory] = process.argv.slice(2);
const { origin: node, username, password } = new URL(url);
const authorization = `Basic ${btoa(`${username}:${password}`)}`;

// A request as the admin, from outside the browser.
async function request(method, path, body, headers = {}) {
  const answer = await fetch(node + path, { method, body, headers: { authorization, ...headers } });
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
  return answer;
}

async function allow(origin) {
  for (const [key, value] of [['cors/origins', origin], ['cors/credentials', 'true'], ['chttpd/enable_cors', 'true']]) {
    await request('PUT', `/_node/_local/_config/${key}`, JSON.stringify(value));
  }
}

await run(async () => {
  const [origin, otherOrigin] = [await servePage(), await servePage()];
  await allow(origin);
  await request('PUT', '/tasks');
  await request('PUT', '/_users/org.couchdb.user:ada',
    JSON.stringify({ name: 'ada', password: 'lovelace', roles: [], type: 'user' }));
  await request('PUT', '/tasks/_security', JSON.stringify({ members: { names: ['ada'], roles: [] } }));
  const browser = await openBrowser(executable, directory);
  try {
    const result = { version: browser.browser()?.version() ?? 'unknown' };
    const page = await open(browser, origin);
    Object.assign(result, await page.evaluate(logIn, node));
    await page.evaluate(startOffline);
    await page.evaluate(sync, node);
    result.fromNode = await exchange(page);
    await workOffline(browser, page);
    result.resumed = await settled(page);
    Object.assign(result, await page.evaluate(endSync));
    result.contents = await contentsOnNode();
    result.refused = await (await open(browser, otherOrigin)).evaluate(tryToRead, node);
    tell({ step: 'result', ...result });
  } finally {
    await browser.close();
  }
});

async function open(browser, origin) {
  const page = await browser.newPage();
  page.on('pageerror', (error) => process.stderr.write(`page: ${error.stack}\n`));
  await page.goto(origin);
  return page;
}

// The node's side of the work: a document and a file that the page must get, live.
async function exchange(page) {
  const { rev } = await (await request('PUT', '/tasks/from-node', JSON.stringify({ title: 'from the node' }))).json();
  const bytes = noise(11, 1_500_000);
  await request('PUT', `/tasks/from-node/film?rev=${rev}`, bytes, { 'content-type': 'video/mp4' });
  await until('the page has the file', () => page.evaluate(() => window.seen.includes('from-node') && hashOf('from-node', 'film')));
  const { type, size, hash } = await page.evaluate(() => hashOf('from-node', 'film'));
  return { type, size, same: hash === sha256(bytes) };
}

// The network goes away, both sides change the same document, and it comes back.
async function workOffline(browser, page) {
  await until('the node has the page’s', () => request('GET', '/tasks/task-9'));
  await browser.setOffline(true);
  const { _rev } = await (await request('GET', '/tasks/task-0')).json();
  await request('PUT', '/tasks/task-0', JSON.stringify({ _rev, title: 'changed on the node' }));
  await page.evaluate(changeOffline);
  await browser.setOffline(false);
}

// Waits until both list the same leaves, and says how many documents that are.
function settled(page) {
  return until('the page and the node list the same', async () => {
    const here = JSON.stringify(leaves(await page.evaluate(list)));
    const all = leaves((await (await request('GET', '/tasks/_changes?style=all_docs')).json()).results);
    const there = JSON.stringify(all);
    if (here !== there) throw new Error(`${here} in the page, ${there} on the node`);
    return all.length;
  });
}

function leaves(results) {
  return results.map(({ id, changes }) => [id, ...changes.map(({ rev }) => rev).sort()]).sort();
}

async function contentsOnNode() {
  const answer = await request('GET', '/tasks/file/plan.txt');
  const conflicted = await (await request('GET', '/tasks/task-0?conflicts=true')).json();
  const { rows } = await (await request('GET', '/tasks/_all_docs')).json();
  return {
    plan: await answer.text(),
    type: answer.headers.get('content-type'),
    conflicts: conflicted._conflicts.length,
    binary: sha256(Buffer.from(await (await request('GET', '/tasks/file/noise')).arrayBuffer())),
    ids: rows.map(({ id }) => id),
  };
}

// What follows runs in the page.
/* global PouchDB, window, crypto, Blob, local, replication, hashOf, fetch */

// Logs in with a cookie, and tries a wrong password, whose refusal the page must be able to read.
async function logIn(node) {
  const post = (password) => fetch(`${node}/_session`, {
    method: 'POST',
    credentials: 'include',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ada', password }),
  });
  const before = await fetch(`${node}/tasks/_all_docs`, { credentials: 'include' });
  const wrong = await post('wrong');
  const right = await post('lovelace');
  const session = await (await fetch(`${node}/_session`, { credentials: 'include' })).json();
  return { before: before.status, wrong: (await wrong.json()).reason, right: right.status, user: session.userCtx.name };
}

async function startOffline() {
  window.local = new PouchDB('tasks');
  window.hashOf = async (id, name) => {
    const blob = await local.getAttachment(id, name);
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', await blob.arrayBuffer()));
    const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, '0')).join('');
    return { blob: blob instanceof Blob, type: blob.type, size: blob.size, hash: hex };
  };
  await local.bulkDocs(Array.from({ length: 10 }, (_, i) => ({ _id: `task-${i}`, title: `offline ${i}` })));
  const bytes = new Uint8Array(700_000).map((_, i) => (i * i) % 251);
  await local.put({
    _id: 'file',
    _attachments: {
      'plan.txt': { content_type: 'text/plain', data: new Blob(['Pläne 🏝️'], { type: 'text/plain' }) },
      noise: { content_type: 'application/octet-stream', data: new Blob([bytes]) },
    },
  });
  await local.remove(await local.get('task-5'));
}

async function sync(node) {
  window.seen = [];
  window.failure = null;
  local.changes({ since: 'now', live: true }).on('change', ({ id }) => window.seen.push(id));
  window.replication = local.sync(`${node}/tasks`, { live: true, retry: true });
  replication.on('error', (error) => { window.failure = String(error); });
}

async function changeOffline() {
  const { _rev } = await local.get('task-0');
  await local.put({ _id: 'task-0', _rev, title: 'changed in the page' });
  await local.put({ _id: 'written-offline', title: 'while away' });
}

async function list() {
  return (await local.changes({ since: 0, style: 'all_docs' })).results;
}

async function endSync() {
  await new Promise((resolve) => {
    replication.on('complete', resolve);
    replication.cancel();
  });
  const { _conflicts } = await local.get('task-0', { conflicts: true });
  return { adapter: local.adapter, failure: window.failure, conflictsHere: _conflicts.length, noise: await hashOf('file', 'noise') };
}

// From an origin that the node was not told of.
async function tryToRead(node) {
  const outcome = (promise) => promise.then(() => 'allowed', (error) => error.name);
  return {
    get: await outcome(fetch(`${node}/tasks/_all_docs`, { credentials: 'include' })),
    put: await outcome(fetch(`${node}/tasks/intruder`, { method: 'PUT', credentials: 'include', body: '{}' })),
    welcome: await outcome(fetch(`${node}/`)),
    pouchdb: await outcome(new PouchDB(`${node}/tasks`, { skip_setup: true }).info()),
  };
}
