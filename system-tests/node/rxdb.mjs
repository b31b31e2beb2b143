// What RxDB's replication with CouchDB does with a node.
//
//   node rxdb.mjs URL
//
// Says how many checks there are, and one line for each: {"step":"check","name":NAME} with "error" when it failed.
import assert from 'node:assert/strict';
import { createRxDatabase } from 'rxdb';
import { getFetchWithCouchDBAuthorization, replicateCouchDB } from 'rxdb/plugins/replication-couchdb';
import { getRxStorageMemory } from 'rxdb/plugins/storage-memory';
import { check, run, until } from './script.mjs';

const { origin, username, password } = new URL(process.argv[2]);
const authorizedFetch = getFetchWithCouchDBAuthorization(username, password);
let made = 0;

async function request(method, path, body) {
  const answer = await authorizedFetch(origin + path, { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });
  assert.ok(answer.ok, `${method} ${path}: ${answer.status}`);
  return answer.json();
}

// A collection of its own, in a database of its own.
async function collection() {
  const database = await createRxDatabase({ name: `local-${made++}`, storage: getRxStorageMemory(), multiInstance: false });
  const schema = {
    version: 0,
    primaryKey: 'name',
    type: 'object',
    properties: { name: { type: 'string', maxLength: 100 }, coast: { type: 'number' } },
    required: ['name'],
  };
  return (await database.addCollections({ islands: { schema } })).islands;
}

function replicate(islands, database, live) {
  const replication = replicateCouchDB({
    replicationIdentifier: `${islands.database.name}-with-${database}`,
    collection: islands,
    url: `${origin}/${database}/`,
    live,
    retryTime: 200,
    fetch: authorizedFetch,
    pull: { batchSize: 7 },
    push: { batchSize: 7 },
  });
  replication.errors = [];
  replication.error$.subscribe((error) => replication.errors.push(String(error?.message ?? error)));
  return replication;
}

async function fresh(name, use) {
  await request('PUT', `/${name}`);
  const open = [];
  try {
    await use(async () => {
      const islands = await collection();
      open.push(islands);
      return islands;
    });
  } finally {
    for (const islands of open) await islands.database.close();
    await request('DELETE', `/${name}`);
  }
}

async function names(islands) {
  return (await islands.find().exec()).map(({ name }) => name).sort();
}

const checks = {
  async once_bothWays_areEqual() {
    await fresh('rxdb-once', async (newCollection) => {
      const islands = await newCollection();
      for (let i = 0; i < 30; i++) await islands.insert({ name: `here-${i}`, coast: i });
      for (let i = 0; i < 30; i++) await request('PUT', `/rxdb-once/there-${i}`, { coast: i });
      const replication = replicate(islands, 'rxdb-once', false);
      await replication.awaitInitialReplication();
      assert.deepEqual(replication.errors, []);
      assert.equal((await names(islands)).length, 60);
      assert.equal((await request('GET', '/rxdb-once')).doc_count, 60);
    });
  },

  async live_changesAndDeletions_arriveEachWay() {
    await fresh('rxdb-live', async (newCollection) => {
      const [left, right] = [await newCollection(), await newCollection()];
      const replications = [left, right].map((islands) => replicate(islands, 'rxdb-live', true));
      await Promise.all(replications.map((each) => each.awaitInitialReplication()));
      const groix = await left.insert({ name: 'groix', coast: 1 });
      await until('the other has it', () => right.findOne('groix').exec());
      await (await right.findOne('groix').exec()).patch({ coast: 2 });
      await until('the change came back', async () => (await left.findOne('groix').exec()).coast === 2);
      await groix.getLatest().remove();
      await until('the deletion arrived', async () => !(await right.findOne('groix').exec()));
      assert.deepEqual(replications.flatMap(({ errors }) => errors), []);
      await Promise.all(replications.map((each) => each.cancel()));
    });
  },

  async conflict_isResolved() {
    await fresh('rxdb-conflict', async (newCollection) => {
      const islands = await newCollection();
      await request('PUT', '/rxdb-conflict/sein', { coast: 1 });
      await islands.insert({ name: 'sein', coast: 2 });
      const replication = replicate(islands, 'rxdb-conflict', true);
      await replication.awaitInitialReplication();
      await until('both have the same', async () => {
        const here = (await islands.findOne('sein').exec()).coast;
        return here === (await request('GET', '/rxdb-conflict/sein')).coast;
      });
      await replication.cancel();
    });
  },

  async recreatedDatabase_isFollowedAgain() {
    await fresh('rxdb-again', async (newCollection) => {
      const islands = await newCollection();
      for (let i = 0; i < 9; i++) await request('PUT', `/rxdb-again/old-${i}`, { coast: i });
      const first = replicate(islands, 'rxdb-again', true);
      await first.awaitInitialReplication();
      assert.equal((await names(islands)).length, 9);
      // A database that is gone, if only for a moment, ends RxDB's live feed with an error of its own.
      await first.cancel();
      await request('DELETE', '/rxdb-again');
      await request('PUT', '/rxdb-again');
      // Fewer writes than before: the position that RxDB kept lies beyond them.
      await request('PUT', '/rxdb-again/new-0', { coast: 0 });
      const second = replicate(islands, 'rxdb-again', true);
      await until('what is new there', () => islands.findOne('new-0').exec());
      await second.cancel();
    });
  },
};

await run(() => check(checks));
