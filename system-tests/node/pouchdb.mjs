// What PouchDB's replication and its HTTP adapter do with a node, also through a proxy.
//
//   node pouchdb.mjs URL DIRECTORY
//
// Says how many checks there are, and one line for each: {"step":"check","name":NAME} with "error" when it failed.
import assert from 'node:assert/strict';
import PouchDB from 'pouchdb';
import { check, noise, run, sha256, until } from './script.mjs';

const [url, directory] = process.argv.slice(2);
const base = url.replace(/\/$/, '');

async function fresh(name, use) {
  const remote = new PouchDB(`${base}/${name}`);
  const local = new PouchDB(`${directory}/${name}`);
  try {
    await use(local, remote);
  } finally {
    await local.destroy();
    await remote.destroy();
  }
}

// By id: what readers see, whatever the revisions are called.
async function shown(database) {
  const { rows } = await database.allDocs({ include_docs: true, attachments: true });
  return rows.map(({ doc: { _rev, _attachments = {}, ...fields } }) => ({
    ...fields,
    files: Object.entries(_attachments).map(([name, { digest, data }]) => [name, digest, data]),
  }));
}

async function open(database, id) {
  const answers = await database.get(id, { open_revs: 'all' });
  return answers.map(({ ok }) => ok).filter(({ _deleted }) => !_deleted).map(({ _rev }) => _rev).sort();
}

async function ask(method, path, body) {
  const { origin, pathname, username, password } = new URL(`${base}/${path}`);
  const credentials = Buffer.from(`${decodeURIComponent(username)}:${decodeURIComponent(password)}`);
  const answer = await fetch(origin + pathname, {
    method,
    headers: { 'Content-Type': 'application/json', Authorization: `Basic ${credentials.toString('base64')}` },
    body,
  });
  return answer.json();
}

async function ids(database) {
  return (await database.allDocs()).rows.map(({ id }) => id);
}

const checks = {
  async replication_bothWays_isTheSame() {
    await fresh('pouch-once', async (local, remote) => {
      await remote.info();
      await local.bulkDocs(Array.from({ length: 150 }, (_, i) => ({ _id: `here/${i}`, i })));
      await remote.bulkDocs(Array.from({ length: 150 }, (_, i) => ({ _id: `there ${i}`, i })));
      const { push, pull } = await PouchDB.sync(local, remote);
      assert.deepEqual([push.errors, pull.errors, push.doc_write_failures], [[], [], 0]);
      assert.deepEqual(await ids(local), await ids(remote));
      assert.equal((await ids(local)).length, 300);
    });
  },

  async attachment_bytes_comeBack() {
    await fresh('pouch-file', async (local, remote) => {
      const bytes = noise(5, 2_000_000);
      await local.putAttachment('film', 'a b.bin', bytes, 'application/octet-stream');
      await local.replicate.to(remote);
      const back = await remote.getAttachment('film', 'a b.bin');
      assert.equal(sha256(back), sha256(bytes));
    });
  },

  async rewind_whileReplicating_bringsTheClientBack() {
    await fresh('pouch-rewind', async (local, remote) => {
      await remote.info();
      await remote.bulkDocs(['edited', 'deleted', 'kept', 'torn'].map((_id) => ({ _id, value: 1 })));
      await remote.bulkDocs([{ _id: 'torn', _rev: `1-${'0'.repeat(32)}`, value: 0 }], { new_edits: false });
      await remote.put({
        _id: 'film',
        _attachments: { old: { content_type: 'video/mp4', data: noise(6, 300_000).toString('base64') } },
      });
      await PouchDB.sync(local, remote);
      const [before, torn] = [await shown(remote), await open(remote, 'torn')];
      const { hash } = await ask('GET', 'pouch-rewind/_block');

      await local.put({ ...(await local.get('edited')), value: 2 });
      await remote.put({ ...(await remote.get('edited')), value: 3 });
      await remote.remove(await remote.get('deleted'));
      await local.put({ _id: 'made', value: 4 });
      await remote.put({ ...(await remote.get('torn')), value: 5 });
      await remote.put({
        ...(await remote.get('film')),
        _attachments: { young: { content_type: 'video/mp4', data: noise(7, 300_000).toString('base64') } },
      });
      await PouchDB.sync(local, remote);
      assert.notDeepEqual(await shown(local), before);

      const live = local.sync(remote, { live: true, retry: true });
      const result = await ask('POST', 'pouch-rewind/_rewind', JSON.stringify({ block: hash }));
      assert.deepEqual([result.ok, result.restored, result.deleted, result.closed_conflicts], [true, 4, 1, 1]);
      await until('the client has it', async () => {
        assert.deepEqual(await shown(local), before);
        return true;
      });
      assert.deepEqual(await shown(remote), before);
      assert.equal((await open(local, 'edited')).length, 1);
      assert.equal((await open(local, 'torn')).length, torn.length);
      assert.deepEqual(await open(local, 'torn'), await open(remote, 'torn'));

      await local.put({ ...(await local.get('edited')), value: 6 });
      await until('its next edit comes', async () => (await remote.get('edited')).value === 6);
      live.cancel();
      await live.catch(() => undefined);
    });
  },

  async live_eachWay_arrivesAtOnce() {
    await fresh('pouch-live', async (local, remote) => {
      await remote.info();
      const sync = local.sync(remote, { live: true, retry: true });
      await local.put({ _id: 'from-here' });
      await until('the node has it', () => remote.get('from-here'));
      await remote.put({ _id: 'from-there' });
      await until('it came', () => local.get('from-there'));
      sync.cancel();
      await sync.catch(() => undefined);
    });
  },

  async query_onTheNode_finds() {
    await fresh('pouch-query', async (_, remote) => {
      await remote.bulkDocs(Array.from({ length: 20 }, (__, i) => ({ _id: `doc-${i}`, parity: i % 2 })));
      await remote.put({ _id: '_design/d', views: { p: { map: 'function (doc) { emit(doc.parity); }', reduce: '_count' } } });
      assert.deepEqual((await remote.query('d/p', { group: true })).rows, [{ key: 0, value: 10 }, { key: 1, value: 10 }]);
    });
  },
};

await run(() => check(checks));
