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
