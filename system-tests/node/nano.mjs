// What nano does with a node: everything but views and queries.
//
//   node nano.mjs URL
//
// Says how many checks there are, and one line for each: {"step":"check","name":NAME} with "error" when it failed.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import Nano from 'nano';
import { check, noise, run } from './script.mjs';

const url = process.argv[2];
const nano = Nano(url);
const address = new URL(url).origin;

// A fresh database for each check that needs one.
async function fresh(name, use) {
  await nano.db.create(name);
  try {
    await use(nano.use(name));
  } finally {
    await nano.db.destroy(name);
  }
}

async function rejects(promise, statusCode, error, reason) {
  const answer = await promise.then(
    (value) => assert.fail(`accepted: ${JSON.stringify(value)}`),
    (rejection) => rejection,
  );
  assert.deepEqual([answer.statusCode, answer.error, answer.reason], [statusCode, error, reason]);
  assert.equal(answer.scope, 'couch');
}

const checks = {
  async server_info_tellsVersionAndFeatures() {
    const info = await nano.info();
    assert.equal(info.couchdb, 'Welcome');
    assert.match(info.version, /^\d+\.\d+/);
    assert.match(info.uuid, /^[0-9a-f]{32}$/);
    assert.ok(Array.isArray(info.features));
    assert.ok(info.vendor.name);
  },

  async uuids_three_areDifferent() {
    const { uuids } = await nano.uuids(3);
    assert.equal(new Set(uuids).size, 3);
    for (const uuid of uuids) assert.match(uuid, /^[0-9a-f]{32}$/);
  },

  async database_lifecycle_isSeen() {
    assert.deepEqual(await nano.db.create('books/of+mine'), { ok: true });
    assert.ok((await nano.db.list()).includes('books/of+mine'));
    assert.ok(JSON.parse(await text(nano.db.listAsStream())).includes('books/of+mine'));
    const info = await nano.db.get('books/of+mine');
    assert.deepEqual([info.db_name, info.doc_count, info.doc_del_count], ['books/of+mine', 0, 0]);
    assert.equal(typeof info.sizes.file, 'number');
    await rejects(nano.db.create('books/of+mine'), 412, 'file_exists',
      'The database could not be created, the file already exists.');
    assert.deepEqual(await nano.db.destroy('books/of+mine'), { ok: true });
    await rejects(nano.db.get('books/of+mine'), 404, 'not_found', 'Database does not exist.');
    await rejects(nano.db.destroy('books/of+mine'), 404, 'not_found', 'Database does not exist.');
  },

  async database_illegalName_isRefused() {
    await rejects(nano.db.create('Upper'), 400, 'illegal_database_name',
      "Name: 'Upper'. Only lowercase characters (a-z), digits (0-9), and any of the characters _, $, (, ), +, -, "
      + 'and / are allowed. Must begin with a letter.');
  },

  async databaseUpdates_creation_isListed() {
    await fresh('updated', async () => {
      const { results } = await nano.updates();
      assert.ok(results.some(({ db_name: name, type }) => name === 'updated' && type === 'created'));
    });
  },

  async document_lifecycle_isSeen() {
    await fresh('crud', async (books) => {
      const made = await books.insert({ title: 'Faust', year: 1808, ratio: 0.1 }, 'faust');
      assert.deepEqual([made.ok, made.id], [true, 'faust']);
      assert.match(made.rev, /^1-[0-9a-f]{32}$/);
      assert.deepEqual(await books.get('faust'), {
        _id: 'faust', _rev: made.rev, title: 'Faust', year: 1808, ratio: 0.1,
      });
      const changed = await books.insert({ _rev: made.rev, title: 'Faust II' }, 'faust');
      assert.match(changed.rev, /^2-/);
      const head = await books.head('faust');
      assert.equal(head.etag, `"${changed.rev}"`);
      assert.equal((await books.get('faust', { rev: made.rev })).title, 'Faust');
      const { _revs_info: known } = await books.get('faust', { revs_info: true });
      assert.deepEqual(known, [{ rev: changed.rev, status: 'available' }, { rev: made.rev, status: 'available' }]);
      const { _revisions: history } = await books.get('faust', { revs: true });
      assert.deepEqual(history, { start: 2, ids: [changed.rev.slice(2), made.rev.slice(2)] });
      const gone = await books.destroy('faust', changed.rev);
      assert.deepEqual([gone.ok, gone.id], [true, 'faust']);
      await rejects(books.get('faust'), 404, 'not_found', 'deleted');
      const again = await books.insert({ title: 'Faust, once more' }, 'faust');
      assert.match(again.rev, /^4-/);
    });
  },

  async document_withoutId_getsOne() {
    await fresh('nameless', async (books) => {
      const { id, rev } = await books.insert({ title: 'Anonymous' });
      assert.match(id, /^[0-9a-f]{32}$/);
      assert.equal((await books.get(id))._rev, rev);
    });
  },

  async document_strangeIds_comeBack() {
    await fresh('strange', async (books) => {
      const ids = ['with/slash', 'ü & 🏝️?#', 'a+b c', '%41', '"quotes"', '東京', "it's"];
      for (const id of ids) assert.equal((await books.insert({ is: id }, id)).id, id);
      for (const id of ids) assert.equal((await books.get(id)).is, id);
      assert.deepEqual((await books.list()).rows.map(({ id }) => id).sort(), ids.toSorted());
    });
  },

  async document_conflict_isRefused() {
    await fresh('conflicted', async (books) => {
      const { rev } = await books.insert({ a: 1 }, 'one');
      await rejects(books.insert({ a: 2 }, 'one'), 409, 'conflict', 'Document update conflict.');
      await rejects(books.destroy('one', rev.replace(/^1/, '3')), 409, 'conflict', 'Document update conflict.');
      await rejects(books.get('none'), 404, 'not_found', 'missing');
      await rejects(books.insert({ _nonsense: 1 }, 'two'), 400, 'doc_validation',
        'Bad special document member: _nonsense');
      await rejects(books.insert({}, '_two'), 400, 'illegal_docid',
        'Only reserved document ids may start with underscore.');
      await rejects(books.head('none').catch((error) => {
        assert.equal(error.statusCode, 404);
        throw Object.assign(error, { error: 'e', reason: 'r' });
      }), 404, 'e', 'r');
    });
  },

  async document_local_isKeptApart() {
    await fresh('locals', async (books) => {
      await books.insert({ seen: 5 }, '_local/mark');
      assert.equal((await books.get('_local/mark')).seen, 5);
      assert.equal((await books.list()).total_rows, 0);
      assert.equal((await books.info()).doc_count, 0);
    });
  },

  async bulk_mixed_answersEach() {
    await fresh('bulk', async (books) => {
      const { rev } = await books.insert({ n: 0 }, 'known');
      const answers = await books.bulk({
        docs: [{ _id: 'a', n: 1 }, { _id: 'known', n: 2 }, { _id: 'known', _rev: rev, _deleted: true }, { n: 3 }],
      });
      assert.equal(answers.length, 4);
      assert.match(answers[0].rev, /^1-/);
      assert.deepEqual(answers[1], { id: 'known', error: 'conflict', reason: 'Document update conflict.' });
      assert.deepEqual([answers[2].ok, answers[2].id], [true, 'known']);
      assert.match(answers[3].id, /^[0-9a-f]{32}$/);
      assert.deepEqual(await books.bulk({
        new_edits: false,
        docs: [{ _id: 'a', _rev: '5-abc', n: 9, _revisions: { start: 5, ids: ['abc', 'def'] } }],
      }), []);
      const { _rev, _conflicts } = await books.get('a', { conflicts: true });
      assert.deepEqual([_rev, _conflicts], ['5-abc', [answers[0].rev]]);
    });
  },

  async fetch_keys_giveDocuments() {
    await fresh('fetched', async (books) => {
      await books.bulk({ docs: ['a', 'b', 'c'].map((_id) => ({ _id, is: _id })) });
      const { rows } = await books.fetch({ keys: ['c', 'nothing', 'a'] });
      assert.deepEqual(rows.map((row) => row.doc?.is ?? row.error), ['c', 'not_found', 'a']);
      const revisions = await books.fetchRevs({ keys: ['b'] });
      assert.match(revisions.rows[0].value.rev, /^1-/);
      assert.equal(revisions.rows[0].doc, undefined);
    });
  },

  async list_ranges_areCut() {
    await fresh('listed', async (books) => {
      await books.bulk({ docs: Array.from({ length: 20 }, (_, i) => ({ _id: `k${String(i).padStart(2, '0')}`, i })) });
      const ids = async (query) => (await books.list(query)).rows.map(({ id }) => id);
      assert.deepEqual(await ids({ startkey: 'k03', endkey: 'k05' }), ['k03', 'k04', 'k05']);
      assert.deepEqual(await ids({ startkey: 'k03', endkey: 'k05', inclusive_end: false }), ['k03', 'k04']);
      assert.deepEqual(await ids({ descending: true, limit: 2, skip: 1 }), ['k18', 'k17']);
      assert.deepEqual(await ids({ key: 'k07' }), ['k07']);
      assert.deepEqual(await ids({ keys: ['k02', 'k01'] }), ['k02', 'k01']);
      const whole = await books.list({ include_docs: true });
      assert.deepEqual([whole.total_rows, whole.offset, whole.rows[3].doc.i], [20, 0, 3]);
      const streamed = JSON.parse(await text(books.listAsStream({ include_docs: true })));
      assert.deepEqual(streamed, whole);
    });
  },

  async attachment_lifecycle_isSeen() {
    await fresh('attached', async (books) => {
      const bytes = noise(3, 700_000);
      const first = await books.attachment.insert('rabbit', 'photo.png', bytes, 'image/png');
      assert.deepEqual(await books.attachment.get('rabbit', 'photo.png'), bytes);
      const second = await books.attachment.insert('rabbit', 'text.txt', 'Häschen', 'text/plain', { rev: first.rev });
      assert.equal(String(await books.attachment.get('rabbit', 'text.txt')), 'Häschen');
      const streamed = [];
      for await (const chunk of books.attachment.getAsStream('rabbit', 'photo.png')) streamed.push(chunk);
      assert.deepEqual(Buffer.concat(streamed), bytes);
      const { _attachments: stubs } = await books.get('rabbit');
      assert.deepEqual([stubs['photo.png'].length, stubs['photo.png'].stub, stubs['photo.png'].content_type],
        [700_000, true, 'image/png']);
      await rejects(books.attachment.insert('rabbit', 'x', 'y', 'text/plain'), 409, 'conflict',
        'Document update conflict.');
      await books.attachment.destroy('rabbit', 'photo.png', { rev: second.rev });
      await rejects(books.attachment.get('rabbit', 'photo.png'), 404, 'not_found', 'Document is missing attachment');
      assert.deepEqual(Object.keys((await books.get('rabbit'))._attachments), ['text.txt']);
    });
  },

  async multipart_documentAndFiles_comeBack() {
    await fresh('multipart', async (books) => {
      const files = [
        { name: 'a.txt', data: 'first\r\n--file', content_type: 'text/plain' },
        { name: 'b.bin', data: noise(4, 100_000), content_type: 'application/octet-stream' },
      ];
      const { rev } = await books.multipart.insert({ title: 'both' }, files, 'two');
      assert.match(rev, /^1-/);
      assert.deepEqual(await books.attachment.get('two', 'b.bin'), files[1].data);
      const whole = await books.multipart.get('two');
      assert.match(String(whole), /"follows":true/);
      assert.ok(String(whole).includes(files[0].data));
      const inline = await books.get('two', { attachments: true });
      assert.equal(inline._attachments['b.bin'].data, files[1].data.toString('base64'));
    });
  },

  async changes_query_listsAndFilters() {
    await fresh('changing', async (books) => {
      const { rev } = await books.insert({ kind: 'x' }, 'a');
      await books.insert({ kind: 'y' }, 'b');
      await books.destroy('a', rev);
      const { results, last_seq: last } = await books.changes({ include_docs: true });
      assert.deepEqual(results.map(({ id, deleted }) => [id, deleted]), [['b', undefined], ['a', true]]);
      assert.equal(results[0].doc.kind, 'y');
      assert.deepEqual((await books.changes({ since: last })).results, []);
      const lines = (await text(books.changesAsStream({ feed: 'continuous', timeout: 0 }))).trim().split('\n');
      assert.deepEqual(lines.map((line) => JSON.parse(line).id ?? 'end'), ['b', 'a', 'end']);
    });
  },

  async changesReader_live_tellsEachChange() {
    await fresh('read', async (books) => {
      await books.insert({}, 'before');
      const reader = books.changesReader.start({ since: '0', includeDocs: true, batchSize: 10 });
      const seen = [];
      const three = new Promise((resolve, reject) => {
        reader.on('error', reject);
        reader.on('change', (change) => seen.push(change.id) === 3 && resolve());
      });
      await once(reader, 'seq');
      await books.insert({}, 'first');
      await books.insert({}, 'second');
      await three;
      const ended = once(reader, 'end');
      books.changesReader.stop();
      reader.removeAllListeners('error').on('error', () => {}); // the abort itself
      await ended;
      assert.deepEqual(seen, ['before', 'first', 'second']);
    });
  },

  async changes_ofADatabaseMadeAgain_beginAnew() {
    let last;
    await fresh('again', async (books) => {
      await books.bulk({ docs: [1, 2, 3, 4].map((n) => ({ _id: `old-${n}` })) });
      ({ last_seq: last } = await books.changes());
    });
    await fresh('again', async (books) => {
      await books.insert({}, 'new');
      const { results, rewound_to: rewoundTo } = await books.changes({ since: last });
      assert.deepEqual([results.map(({ id }) => id), rewoundTo], [['new'], '0']);
      const reader = books.changesReader.start({ since: last });
      const [change] = await once(reader, 'change');
      assert.equal(change.id, 'new');
      const ended = once(reader, 'end');
      books.changesReader.stop();
      reader.removeAllListeners('error').on('error', () => {}); // the abort itself
      await ended;
    });
  },

  async changesReader_spool_givesBatches() {
    await fresh('spooled', async (books) => {
      await books.bulk({ docs: Array.from({ length: 250 }, (_, i) => ({ _id: `d${i}`, even: i % 2 === 0 })) });
      const all = books.changesReader.spool({ since: '0', batchSize: 100 });
      const sizes = [];
      all.on('batch', (batch) => sizes.push(batch.length));
      const [last] = await once(all, 'end');
      assert.deepEqual(sizes, [100, 100, 50]);
      assert.equal(last, (await books.info()).update_seq);
      const few = books.changesReader.get({ since: '0', selector: { even: true }, batchSize: 500, timeout: 100 });
      const [batch] = await once(few, 'batch');
      assert.equal(batch.length, 125);
      await once(few, 'end');
    });
  },

  async request_copy_makesAnother() {
    await fresh('copied', async (books) => {
      await books.insert({ title: 'same' }, 'from');
      await books.attachment.insert('from', 'f', 'content', 'text/plain', { rev: (await books.get('from'))._rev });
      const { username, password } = new URL(url);
      const answer = await fetch(`${address}/copied/from`, {
        method: 'COPY',
        headers: { destination: 'to', authorization: `Basic ${btoa(`${username}:${password}`)}` },
      });
      assert.equal(answer.status, 201);
      assert.equal((await books.get('to')).title, 'same');
      assert.equal(String(await books.attachment.get('to', 'f')), 'content');
    });
  },

  async session_cookie_isEnough() {
    await fresh('session', async (books) => {
      await books.insert({ open: true }, 'doc');
      const { username, password } = new URL(url);
      const guest = Nano(address);
      assert.equal((await guest.session()).userCtx.name, null);
      await rejects(guest.use('session').get('doc'), 401, 'unauthorized', 'You are not authorized to access this db.');
      await rejects(guest.auth(username, 'wrong'), 401, 'unauthorized', 'Name or password is incorrect.');
      const entered = await guest.auth(username, password);
      assert.deepEqual([entered.ok, entered.name, entered.roles], [true, username, ['_admin']]);
      const { userCtx, info } = await guest.session();
      assert.deepEqual([userCtx.name, info.authenticated], [username, 'cookie']);
      assert.equal((await guest.use('session').get('doc')).open, true);
      await guest.request({ method: 'DELETE', db: '_session' });
      assert.equal((await Nano(address).session()).userCtx.name, null);
    });
  },

  async users_member_mayOnlyWhatSecuritySays() {
    await fresh('private', async (books) => {
      const users = nano.use('_users');
      const id = 'org.couchdb.user:ada';
      await users.insert({ name: 'ada', password: 'lovelace', roles: ['readers'], type: 'user' }, id);
      const kept = await users.get(id);
      assert.deepEqual([kept.password, kept.password_scheme, kept.pbkdf2_prf], [undefined, 'pbkdf2', 'sha256']);
      const ada = Nano(address.replace('//', '//ada:lovelace@'));
      await rejects(ada.use('private').insert({}, 'x'), 403, 'forbidden', 'You are not allowed to access this db.');
      const security = { admins: { names: [], roles: [] }, members: { names: ['ada'], roles: [] } };
      assert.deepEqual(await nano.request({ db: 'private', path: '_security', method: 'PUT', body: security }),
        { ok: true });
      assert.deepEqual(await nano.request({ db: 'private', path: '_security' }), security);
      assert.equal((await ada.use('private').insert({}, 'x')).ok, true);
      await rejects(ada.use('private').insert({ views: {} }, '_design/d'), 403, 'forbidden',
        'You are not a db or server admin.');
      await rejects(ada.db.create('hers'), 401, 'unauthorized', 'You are not a server admin.');
      await rejects(users.insert({ name: 'b', roles: [], type: 'user' }, 'user:b'), 403, 'forbidden',
        'Doc ID must be of the form org.couchdb.user:name');
      assert.deepEqual((await ada.session()).userCtx, { name: 'ada', roles: ['readers'] });
      await users.destroy(id, kept._rev);
      await rejects(ada.use('private').get('x'), 401, 'unauthorized', 'Name or password is incorrect.');
    });
  },

  async compact_database_isAccepted() {
    await fresh('compacted', async (books) => {
      const { rev } = await books.insert({ old: true }, 'doc');
      await books.insert({ _rev: rev, old: false }, 'doc');
      assert.deepEqual(await books.compact(), { ok: true });
      assert.equal((await books.get('doc')).old, false);
    });
  },
};

await run(() => check(checks));
