// A PouchDB replicates live with one member of an ensemble, which is killed, and goes on with another one.
//
//   node ensemble.mjs URL URL DIRECTORY DOCUMENTS
//
// Says {"step":"kill"} when the first member is to be killed, and hears "killed". In the end says what the second one was
// asked for, with {"step":"result"}.
import PouchDB from 'pouchdb';
import { hear, run, tell, until } from './script.mjs';

const [first, second, directory, documents] = process.argv.slice(2);

await run(async () => {
  const local = new PouchDB(`${directory}/local`);
  const before = member(first);
  await before.database.info();
  await local.bulkDocs(made('local'));
  await before.database.bulkDocs(made('remote'));
  const sync = live(local, before.database);
  await settle(local, before.database, 2 * documents);
  // Checkpoints are written after the documents, and for what comes back of them as well.
  await until('checkpoints of all on both sides', () => Date.now() - before.lastCheckpoint() > 2_000);
  tell({ step: 'kill' });
  await hear('killed');
  sync.cancel();
  const after = member(second);
  await local.bulkDocs(made('late', 10));
  const resumed = live(local, after.database);
  await settle(local, after.database, 2 * documents + 10);
  resumed.cancel();
  tell({ step: 'result', before: before.counts, after: after.counts, now: await ids(after.database) });
}, (error) => error.name === 'FetchError');

function made(prefix, count = Number(documents)) {
  return Array.from({ length: count }, (_, i) => ({ _id: `${prefix}-${i}`, value: i }));
}

function live(local, remote) {
  return local.sync(remote, { live: true, retry: true }).on('error', () => {});
}

async function ids(database) {
  return (await database.allDocs()).rows.length;
}

async function settle(local, remote, count) {
  await until('both have all', async () => (await ids(local)) === Number(count) && (await ids(remote)) === Number(count));
}

// A database of a member, and what it was asked for.
function member(url) {
  const counts = { requests: 0, firstSince: null, compared: 0, written: 0, read: 0, checkpoints: 0 };
  let checkpointed = Infinity;
  const database = new PouchDB(`${url}/tasks`, {
    fetch: (address, options = {}) => {
      counts.requests++;
      const { pathname, searchParams } = new URL(address);
      const body = typeof options.body === 'string' ? JSON.parse(options.body) : {};
      if (pathname.endsWith('/_changes')) counts.firstSince ??= searchParams.get('since');
      if (pathname.endsWith('/_revs_diff')) counts.compared += Object.keys(body).length;
      if (pathname.endsWith('/_bulk_docs')) counts.written += body.docs.length;
      if (pathname.endsWith('/_bulk_get')) counts.read += body.docs.length;
      if (pathname.includes('/_local/') && options.method === 'PUT') {
        counts.checkpoints++;
        checkpointed = Date.now();
      }
      return PouchDB.fetch(address, options);
    },
  });
  return { database, counts, lastCheckpoint: () => checkpointed };
}
