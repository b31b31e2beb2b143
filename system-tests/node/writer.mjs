// Somebody who works on one local database, and remembers what was written.
import { setTimeout as pause } from 'node:timers/promises';
import { noise, sha256 } from './script.mjs';

const PAUSE_MS = 10; // so that a slow machine does not end up with more to replicate than a fast one

export class Writer {
  constructor(name, database) {
    this.name = name;
    this.database = database;
    this.revisions = []; // { id, rev }, all that the local database accepted
    this.files = new Map(); // id → SHA-256 of its last attachment's content
    this.count = 0;
    this.writing = false;
  }

  async put(document) {
    const { id, rev } = await this.database.put(document);
    this.revisions.push({ id, rev });
    return rev;
  }

  // Reads the winner here and writes its successor.
  async change(id, fields) {
    const { _rev, _attachments, ...rest } = await this.database.get(id);
    return this.put({ ...rest, ...fields, _id: id, _rev, ...(_attachments && { _attachments }) });
  }

  async remove(id) {
    const { _rev } = await this.database.get(id);
    const { rev } = await this.database.remove(id, _rev);
    this.revisions.push({ id, rev });
  }

  async attach(id, name, type, bytes) {
    const known = await this.database.get(id).catch(() => ({}));
    const { rev } = await this.database.putAttachment(id, name, known._rev, bytes, type);
    this.revisions.push({ id, rev });
    this.files.set(`${id}/${name}`, sha256(bytes));
  }

  async bulk(documents) {
    for (const { id, rev } of await this.database.bulkDocs(documents)) this.revisions.push({ id, rev });
  }

  // One step of everyday work; which one depends on how many there were.
  async step() {
    const n = this.count++;
    const id = `${this.name}-${String(n).padStart(4, '0')}`;
    switch (n % 10) {
      case 3:
        return this.attach(id, 'notes.txt', 'text/plain', Buffer.from(`Notizen ${n}: Żółć, 東京, 🏝️\n`.repeat(200)));
      case 5:
        return this.attach(id, 'photo.bin', 'application/octet-stream', noise(n + 7, 40_000 + 1000 * n));
      case 7:
        await this.put({ _id: id, title: 'soon gone' });
        return this.remove(id);
      case 9:
        return this.change(`${this.name}-${String(n - 9).padStart(4, '0')}`, { title: `changed at ${n}` });
      default:
        return this.put({ _id: id, title: `task ${n}`, done: n % 2 === 0, tags: ['a', { b: n / 4 }] });
    }
  }

  // Works until told to stop.
  start() {
    this.writing = true;
    this.work = (async () => {
      while (this.writing) {
        await this.step();
        await pause(PAUSE_MS);
      }
    })();
  }

  async stop() {
    this.writing = false;
    await this.work;
  }
}
