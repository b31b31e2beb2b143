// What a database holds, in a form in which two that hold the same are equal.
import { sha256 } from './script.mjs';

// By id: whether it is deleted, every leaf with its history, content and attachments, and where it is not, the winner.
export async function summarize(database) {
  const changes = await database.changes({ since: 0, style: 'all_docs' });
  const summary = {};
  for (const { id, deleted } of changes.results) {
    summary[id] = { deleted: deleted === true, leaves: await summarizeLeaves(database, id) };
    if (!deleted) await addWinner(database, id, summary[id]);
  }
  return sorted(summary);
}

// Every leaf comes with open_revs; those of the feed would hide one that only the feed forgets.
async function summarizeLeaves(database, id) {
  const answers = await database.get(id, { open_revs: 'all', revs: true });
  const leaves = {};
  for (const { ok: { _id, _rev, _revisions, _attachments, _deleted, ...fields } } of answers) {
    leaves[_rev] = {
      deleted: _deleted === true,
      history: _revisions.ids.length === _revisions.start ? sha256(_revisions.ids.join()) : _revisions,
      fields: JSON.stringify(sorted(fields)),
      attachments: summarizeAttachments(_attachments),
    };
  }
  return sorted(leaves);
}

// The same value with its members in the order of their names.
function sorted(value) {
  if (Array.isArray(value)) return value.map(sorted);
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.keys(value).sort().map((name) => [name, sorted(value[name])]));
}

function summarizeAttachments(attachments = {}) {
  return Object.keys(attachments).sort().map((name) => {
    const { content_type: type, digest, length } = attachments[name];
    return { name, type, digest, length };
  });
}

async function addWinner(database, id, summary) {
  const winner = await database.get(id, { conflicts: true });
  summary.winner = winner._rev;
  summary.conflicts = (winner._conflicts ?? []).toSorted();
  summary.contents = {};
  for (const name of Object.keys(winner._attachments ?? {}).sort()) {
    summary.contents[name] = sha256(await database.getAttachment(id, name));
  }
}

// The first few differences between two summaries, for people.
export function differences(names, left, right) {
  const found = [];
  for (const id of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const [one, other] = [JSON.stringify(left[id]), JSON.stringify(right[id])];
    if (one !== other) found.push({ id, [names[0]]: left[id] ?? null, [names[1]]: right[id] ?? null });
  }
  return found.slice(0, 3);
}
