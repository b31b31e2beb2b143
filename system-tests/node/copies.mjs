// What couchbackup and couchimport do with a node: copies out of it and into it.
//
//   node copies.mjs URL DIRECTORY
//
// Says how many checks there are, and one line for each: {"step":"check","name":NAME} with "error" when it failed.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';

import { createRequire } from 'node:module';
import { join } from 'node:path';
import { promisify } from 'node:util';
import couchbackup from '@cloudant/couchbackup';
import Nano from 'nano';
import { check, run } from './script.mjs';

const [url, directory] = process.argv.slice(2);
const base = url.replace(/\/$/, '');
const nano = Nano(base);
const binaries = createRequire(import.meta.url).resolve('couchimport/package.json').replace('package.json', 'bin/');

// Runs one of couchimport's two commands.
async function couchimport(command, environment, input) {
  const running = promisify(execFile)('node', [binaries + command], {
    env: { ...process.env, COUCH_URL: base, ...environment },
    maxBuffer: 1 << 24,
  });
  if (input) running.child.stdin.end(input);
  return (await running).stdout;
}

async function documents(database) {
  return (await nano.use(database).list({ include_docs: true })).rows.map(({ doc }) => doc);
}

const checks = {
  async couchbackup_thenRestore_isTheSame() {
    await nano.db.create('copied');
    const docs = Array.from({ length: 1200 }, (_, i) => ({ _id: `doc-${i}`, text: 'é'.repeat(i % 50), number: i / 3 }));
    await nano.use('copied').bulk({ docs });
    await nano.use('copied').insert({ views: { v: { map: 'function (doc) { emit(doc.number); }' } } }, '_design/d');
    const file = join(directory, 'copied.backup');
    const out = createWriteStream(file);
    const backup = promisify(couchbackup.backup);
    await backup(`${base}/copied`, out, { bufferSize: 100, log: join(directory, 'copied.log') });
    await nano.db.create('restored');
    await promisify(couchbackup.restore)(createReadStream(file), `${base}/restored`, { bufferSize: 100 });
    assert.deepEqual(await documents('restored'), await documents('copied'));
    await nano.db.destroy('copied');
    await nano.db.destroy('restored');
  },

  async couchimport_csv_becomesDocuments() {
    await nano.db.create('imported');
    const lines = Array.from({ length: 700 }, (_, i) => `island-${i},${i},"Î${i}, the ""${i}th"""`);
    await couchimport('couchimport.bin.js', { COUCH_DATABASE: 'imported', COUCH_DELIMITER: ',' },
      `_id,number,name\n${lines.join('\n')}\n`);
    assert.equal((await nano.db.get('imported')).doc_count, 700);
    const { number, name } = await nano.use('imported').get('island-7');
    assert.deepEqual([String(number), name], ['7', 'Î7, the "7th"']);
    const csv = await couchimport('couchexport.bin.js', { COUCH_DATABASE: 'imported', COUCH_DELIMITER: ',' });
    assert.equal(csv.trim().split('\n').length, 701);
    await nano.db.destroy('imported');
  },
};

await run(() => check(checks));
