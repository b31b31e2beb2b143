// What the scripts have in common: how they talk with the test that started them, and how they wait.
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { createInterface } from 'node:readline';

const words = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

// One line of JSON for the test.
export function tell(message) {
  process.stdout.write(JSON.stringify(message) + '\n');
}

// Waits for a line from the test, which has to be this word.
export async function hear(word) {
  const { value, done } = await words.next();
  if (done) throw new Error(`the test ended, while waiting for "${word}"`);
  assert.equal(value, word);
}

// Waits until the condition holds, and returns what it gave; an error is like a false, until time is up.
export async function until(what, condition, seconds = 60) {
  const deadline = Date.now() + seconds * 1000;
  let last;
  while (Date.now() < deadline) {
    try {
      last = await condition();
      if (last) return last;
    } catch (error) {
      last = error;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error(`not within ${seconds} s: ${what}; last: ${last?.stack ?? JSON.stringify(last)}`);
}

export function sha256(bytes) {
  return createHash('sha256').update(bytes).digest('hex');
}

// The same bytes for the same seed, which no compression makes much smaller.
export function noise(seed, length) {
  const bytes = Buffer.alloc(length);
  let state = (seed * 2654435761 + 1) >>> 0;
  for (let i = 0; i < length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state;
  }
  return bytes;
}

// Ends the process whatever is still open: a live feed would keep it. A rejection that nobody handles is a failure, unless
// it is tolerated.
export async function run(main, isTolerated = () => false) {
  process.on('unhandledRejection', (error) => isTolerated(error) || fail(error));
  try {
    await main();
    process.stdout.write('', () => process.exit(0));
  } catch (error) {
    fail(error);
  }
}

function fail(error) {
  process.stderr.write(`${error?.stack ?? error}\n`, () => process.exit(1));
}

// Makes named checks one after the other, and says of each how it went.
export async function check(checks) {
  tell({ step: 'checks', count: Object.keys(checks).length });
  for (const [name, body] of Object.entries(checks)) {
    const started = Date.now();
    const error = await body().then(() => undefined, (failure) => failure.stack);
    tell({ step: 'check', name, ms: Date.now() - started, error });
  }
}
