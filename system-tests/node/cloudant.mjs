// What IBM's client for Cloudant does with a node.
//
//   node cloudant.mjs URL
//
// Says how many checks there are, and one line for each: {"step":"check","name":NAME} with "error" when it failed.
import assert from 'node:assert/strict';
import { arrayBuffer, text } from 'node:stream/consumers';
import cloudant from '@ibm-cloud/cloudant';
import { check, noise, run } from './script.mjs';

const { BasicAuthenticator, ChangesFollower, CloudantV1, CouchdbSessionAuthenticator, PagerType, Pagination } = cloudant;
const { origin, username, password } = new URL(process.argv[2]);
const account = { username, password };

function service(authenticator) {
  const made = CloudantV1.newInstance({ authenticator });
  made.setServiceUrl(origin);
  return made;
}

const client = service(new CouchdbSessionAuthenticator(account));

async function fresh(db, use) {
  await client.putDatabase({ db });
  try {
    await use(db);
  } finally {
    await client.deleteDatabase({ db });
  }
}

async function rejects(promise, status, error) {
  const rejection = await promise.then(() => assert.fail('accepted'), (thrown) => thrown);
  assert.deepEqual([rejection.code ?? rejection.status, JSON.parse(rejection.body).error], [status, error]);
}

function numbered(count) {
  return Array.from({ length: count }, (_, i) => ({ _id: `doc-${String(i).padStart(4, '0')}`, number: i }));
}

const checks = {
  async session_andBasic_areTheSameUser() {
    const basic = service(new BasicAuthenticator(account));
    for (const each of [client, basic]) {
      const { result } = await each.getSessionInformation();
      assert.equal(result.userCtx.name, username);
    }
    const wrong = service(new CouchdbSessionAuthenticator({ username, password: 'wrong' }));
    await assert.rejects(wrong.getAllDbs());
  },

  async server_isUp() {
    assert.equal((await client.getUpInformation()).result.status, 'ok');
    assert.equal((await client.getServerInformation()).result.couchdb, 'Welcome');
    assert.ok((await client.getActiveTasks()).result.length >= 0);
    assert.ok((await client.getMembershipInformation()).result.allNodes.length === 1);
  },

  async document_lifecycle_isSeen() {
    await fresh('cloudant-crud', async (db) => {
      const { result: made } = await client.postDocument({ db, document: { title: 'Faust' } });
      const { result: read } = await client.getDocument({ db, docId: made.id });
      assert.equal(read.title, 'Faust');
      const { result: changed } = await client.putDocument({ db, docId: made.id, document: { ...read, year: 1808 } });
      await rejects(client.putDocument({ db, docId: made.id, document: read }), 409, 'conflict');
      assert.equal((await client.headDocument({ db, docId: made.id })).headers.etag, `"${changed.rev}"`);
      await client.deleteDocument({ db, docId: made.id, rev: changed.rev });
      await rejects(client.getDocument({ db, docId: made.id }), 404, 'not_found');
    });
  },

  async strangeIds_comeBack() {
    await fresh('cloudant-ids', async (db) => {
      for (const docId of ['with/slash', 'ü & 🏝️?#', 'a+b c', '%41', '"quotes"']) {
        await client.putDocument({ db, docId, document: { is: docId } });
        assert.equal((await client.getDocument({ db, docId })).result.is, docId);
      }
    });
  },

  async attachment_bytes_comeBack() {
    await fresh('cloudant-files', async (db) => {
      const bytes = noise(3, 300_000);
      const file = { db, docId: 'a/b', attachmentName: 'c d.bin' };
      await client.putAttachment({ ...file, attachment: bytes, contentType: 'application/octet-stream' });
      const { result } = await client.getAttachment(file);
      assert.ok(Buffer.from(await arrayBuffer(result)).equals(bytes));
    });
  },

  async bulk_andLists_agree() {
    await fresh('cloudant-bulk', async (db) => {
      const { result } = await client.postBulkDocs({ db, bulkDocs: { docs: numbered(300) } });
      assert.ok(result.every(({ ok }) => ok));
      assert.equal((await client.getDatabaseInformation({ db })).result.docCount, 300);
      const { result: some } = await client.postAllDocs({ db, startKey: 'doc-0100', limit: 5, includeDocs: true });
      assert.deepEqual(some.rows.map(({ doc }) => doc.number), [100, 101, 102, 103, 104]);
      const { result: streamed } = await client.postAllDocsAsStream({ db });
      assert.equal(JSON.parse(await text(streamed)).rows.length, 300);
      const { result: got } = await client.postBulkGet({ db, docs: [{ id: 'doc-0007' }, { id: 'none' }] });
      assert.equal(got.results[0].docs[0].ok.number, 7);
      assert.equal(got.results[1].docs[0].error.error, 'not_found');
    });
  },

  async pager_allDocs_getsEach() {
    await fresh('cloudant-pages', async (db) => {
      await client.postBulkDocs({ db, bulkDocs: { docs: numbered(95) } });
      const pages = Pagination.newPagination(client, PagerType.POST_ALL_DOCS, { db, limit: 10 });
      const rows = await pages.pager().getAll();
      assert.equal(new Set(rows.map(({ id }) => id)).size, 95);
    });
  },

  async query_withIndex_findsInOrder() {
    await fresh('cloudant-query', async (db) => {
      await client.postBulkDocs({ db, bulkDocs: { docs: numbered(60) } });
      const made = await client.postIndex({ db, type: 'json', name: 'numbers', ddoc: 'n', index: { fields: ['number'] } });
      assert.equal(made.result.result, 'created');
      const query = { db, selector: { number: { $gt: 50 } }, sort: [{ number: 'desc' }], fields: ['number'] };
      const { result } = await client.postFind(query);
      assert.deepEqual(result.docs.map(({ number }) => number), [59, 58, 57, 56, 55, 54, 53, 52, 51]);
      assert.equal((await client.postExplain(query)).result.index.name, 'numbers');
      assert.equal((await client.getIndexesInformation({ db })).result.indexes.length, 2);
    });
  },

  async view_reduces() {
    await fresh('cloudant-view', async (db) => {
      await client.postBulkDocs({ db, bulkDocs: { docs: numbered(40) } });
      const views = { parity: { map: 'function (doc) { emit(doc.number % 2, doc.number); }', reduce: '_sum' } };
      await client.putDesignDocument({ db, ddoc: 'd', designDocument: { views } });
      const { result } = await client.postView({ db, ddoc: 'd', view: 'parity', group: true });
      assert.deepEqual(result.rows, [{ key: 0, value: 380 }, { key: 1, value: 400 }]);
      assert.equal((await client.getDesignDocumentInformation({ db, ddoc: 'd' })).result.name, 'd');
    });
  },

  async changesFollower_getsEveryChange() {
    await fresh('cloudant-feed', async (db) => {
      await client.postBulkDocs({ db, bulkDocs: { docs: numbered(120) } });
      const follower = new ChangesFollower(client, { db });
      const seen = new Set();
      for await (const { id } of follower.startOneOff()) seen.add(id);
      assert.equal(seen.size, 120);
    });
  },

  async security_isKept() {
    await fresh('cloudant-security', async (db) => {
      await client.putSecurity({ db, members: { names: ['ada'], roles: [] } });
      assert.deepEqual((await client.getSecurity({ db })).result.members.names, ['ada']);
    });
  },
};

await run(() => check(checks));
