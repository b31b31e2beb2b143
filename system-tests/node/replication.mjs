// Two PouchDBs and a node replicate live in both directions, while the node is killed and started again.
//
//   node replication.mjs URL DIRECTORY ROUNDS
//
// Says {"step":"kill"} when the node is to be killed, hears "killed", says {"step":"start"}, hears "started"; this ROUNDS
// times. In the end says what there is, with {"step":"result"}.
import PouchDB from 'pouchdb';
import { hear, noise, run, tell, until } from './script.mjs';
import { differences, summarize } from './summary.mjs';
import { Writer } from './writer.mjs';

const [url, directory, rounds] = process.argv.slice(2);

await run(async () => {
  const remote = new PouchDB(`${url}/tasks`);
  const left = new Writer('left', new PouchDB(`${directory}/left`));
  const right = new Writer('right', new PouchDB(`${directory}/right`));
  const writers = [left, right];
  await remote.info();
  const syncs = writers.map((writer) => live(writer, remote));
  const timing = await writeOnline(left, right);
  for (let round = 1; round <= Number(rounds); round++) await writeThroughKill(round, left, right);
  const resumed = Date.now();
  await settle(left, right, remote);
  timing.settledMs = Date.now() - resumed;
  await writeToNode(left, right, remote);
  await resolveConflict(left, right, remote);
  await settle(left, right, remote);
  for (const sync of syncs) await finish(sync);
  tell({ step: 'result', ...timing, ...(await result(left, right, remote)) });
}, isForgottenByPouch);

// After each batch, PouchDB asks for the database's size to tell of its progress, and handles no error of that.
function isForgottenByPouch(error) {
  return error.name === 'FetchError';
}

function live(writer, remote) {
  return writer.database.sync(remote, { live: true, retry: true }).on('error', (error) => {
    throw new Error(`the replication of ${writer.name} gave up: ${error.stack}`);
  });
}

function finish(sync) {
  return new Promise((resolve) => {
    sync.on('complete', resolve);
    sync.cancel();
  });
}

// Documents, deletions and files of some MB, which the other side gets while the feeds are live.
async function writeOnline(left, right) {
  await left.bulk(Array.from({ length: 100 }, (_, i) => ({ _id: `shared-${i}`, from: 'left', value: i })));
  await right.put({ _id: 'ünïcode/🏝️ and "quotes"', text: 'ok' });
  await left.attach('report', 'text.txt', 'text/plain; charset=utf-8', Buffer.from('Zeile äöü €\n'.repeat(100_000)));
  await left.attach('report', 'film.bin', 'video/mp4', noise(1, 3_000_000));
  await right.attach('empty', 'nothing', 'application/x-empty', Buffer.alloc(0));
  await until('the other side has all', async () => {
    const { _attachments } = await right.database.get('report');
    return _attachments['film.bin'] && (await right.database.get('shared-99')) && left.database.get('empty');
  });
  const written = Date.now();
  await right.put({ _id: 'ping' });
  await until('a document comes across', () => left.database.get('ping'));
  return { acrossMs: Date.now() - written };
}

// Both sides write while the node is killed, while it is away and while it comes back.
async function writeThroughKill(round, left, right) {
  const writers = [left, right];
  const before = writers.map((writer) => writer.count);
  for (const writer of writers) writer.start();
  await until('some writes', () => writers.every((writer, i) => writer.count >= before[i] + 30));
  tell({ step: 'kill' });
  await hear('killed');
  for (const writer of writers) await writer.stop();
  await writeApart(round, left, right);
  for (const writer of writers) writer.start();
  tell({ step: 'start' });
  await hear('started');
  for (const writer of writers) await writer.stop();
}

// The same documents on both sides, neither knowing of the other: conflicts of every kind.
async function writeApart(round, left, right) {
  const shared = (i) => `shared-${10 * round + i}`;
  await left.change(shared(0), { from: `left ${round}` });
  await right.change(shared(0), { from: `right ${round}` });
  await left.change(shared(1), { from: `left ${round}` });
  await right.remove(shared(1));
  await left.remove(shared(2));
  await right.change(shared(2), { from: `right ${round}` });
  await right.change(shared(2), { from: `right ${round}, again` });
  await left.remove(shared(3));
  await right.remove(shared(3));
  await left.change(shared(4), { from: 'both alike' });
  await right.change(shared(4), { from: 'both alike' });
  // Of another name on each side: of a losing revision, PouchDB 9 asks for a file that it has under this name with other
  // content without saying of which revision, and so takes the winner's.
  await left.attach(shared(5), 'left plan', 'image/png', noise(round, 1_000_000));
  await right.attach(shared(5), 'right plan', 'image/png', noise(round + 100, 1_000_000));
  await left.put({ _id: `new-${round}`, from: 'left' });
  await right.put({ _id: `new-${round}`, from: 'right' });
  await left.database.put({ _id: `_local/own-${round}`, from: 'left' });
}

// A third party writes to the node alone: a document, a deletion, and a conflict with what both sides know.
async function writeToNode(left, right, remote) {
  const third = new Writer('third', remote);
  await third.put({ _id: 'from-third', text: 'hello' });
  await third.attach('from-third', 'file', 'text/plain', Buffer.from('from the third'));
  await third.remove('shared-0');
  await remote.bulkDocs([{ _id: 'shared-1', _rev: '1-0123456789abcdef0123456789abcdef', from: 'nowhere' }], {
    new_edits: false,
  });
  await until('both sides see it', async () => {
    for (const { database } of [left, right]) {
      await database.getAttachment('from-third', 'file');
      if (!(await database.get('shared-1', { conflicts: true }))._conflicts) return false;
    }
    return true;
  });
}

// The left side picks the winner of one conflict; the right side must see it solved.
async function resolveConflict(left, right, remote) {
  const { _conflicts } = await left.database.get('shared-10', { conflicts: true });
  for (const rev of _conflicts) await left.database.remove('shared-10', rev);
  await settle(left, right, remote);
  const { _conflicts: remaining = [] } = await right.database.get('shared-10', { conflicts: true });
  if (remaining.length > 0) throw new Error(`still in conflict: ${remaining}`);
}

// Waits until all three list the same leaves.
function settle(left, right, remote) {
  return until('all three list the same', async () => {
    const [ofLeft, ofRight, ofNode] = await Promise.all([left.database, right.database, remote].map(leaves));
    const ids = new Set([ofLeft, ofRight, ofNode].flatMap((lists) => Object.keys(lists)));
    const different = [...ids].filter((id) => ofLeft[id] !== ofNode[id] || ofRight[id] !== ofNode[id]);
    if (different.length === 0) return true;
    const [id] = different;
    throw new Error(`${different.length} differ: ${id}: ${ofLeft[id]}, ${ofNode[id]} on the node, ${ofRight[id]}`);
  });
}

// By id: the leaves, in any order, as the feed lists them.
async function leaves(database) {
  const { results } = await database.changes({ since: 0, style: 'all_docs' });
  return Object.fromEntries(results.map(({ id, changes }) => [id, changes.map(({ rev }) => rev).sort().join()]));
}

async function result(left, right, remote) {
  const [ofLeft, ofRight, ofNode] = await Promise.all([left.database, right.database, remote].map(summarize));
  const documents = Object.values(ofNode);
  const checks = [left, right].flatMap(({ revisions }) => revisions);
  return {
    differences: [...differences(['left', 'node'], ofLeft, ofNode), ...differences(['right', 'node'], ofRight, ofNode)],
    documents: documents.length,
    deleted: documents.filter(({ deleted }) => deleted).length,
    conflicts: documents.filter(({ conflicts }) => conflicts?.length > 0).length,
    attachments: documents.flatMap(({ contents }) => Object.keys(contents ?? {})).length,
    writes: checks.length,
    missing: await missing(remote, checks),
    spoiled: spoiled(ofNode, left, right),
    localOnNode: await remote.get('_local/own-1').catch(({ status }) => status),
    counts: await counts(left, right, remote),
  };
}

async function counts(left, right, remote) {
  const infos = await Promise.all([left.database, right.database, remote].map((database) => database.info()));
  return infos.map(({ doc_count: count }) => count);
}

// What a local database accepted and the node has never heard of.
async function missing(remote, revisions) {
  const byId = {};
  for (const { id, rev } of revisions) (byId[id] ??= []).push(rev);
  return remote.revsDiff(byId);
}

// Files written once, by one side, whose content on the node is another.
function spoiled(ofNode, left, right) {
  return [...left.files, ...right.files]
    .filter(([path]) => !path.startsWith('shared-'))
    .filter(([path, hash]) => {
      const slash = path.lastIndexOf('/');
      const document = ofNode[path.slice(0, slash)];
      return !document.deleted && document.contents[path.slice(slash + 1)] !== hash;
    })
    .map(([path]) => path);
}
