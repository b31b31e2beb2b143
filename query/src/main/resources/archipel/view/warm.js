// Evaluated once in a context that is thrown away. It loads what functions commonly use, so that the first of them is not
// charged for that.
(function () {
  'use strict';
  const text = 'The quick brown fox; 1,234.5 \u00e9\ud83d\ude00';
  text.replace(/(\w+)\s(?<second>\w+)/gu, '$2 $<second>').split(/[;,]\s*/).map(s => s.trim().toUpperCase()).join('|');
  [text.match(/(?<=q)u(?!x)/iy), text.search(/\d+$/m), [...text.matchAll(/[a-z]\b/g)].length, /(a+)+$/.test('aab')];
  [text.normalize('NFD'), text.localeCompare('a'), text.padStart(50, '-'), text.slice(-3), text.codePointAt(2)];
  [text.charCodeAt(0), text.indexOf('q'), text.lastIndexOf('o'), text.substr(1, 2), text.startsWith('T'), text.at(-1)];
  [encodeURIComponent(text), decodeURIComponent('%20'), escape('a b'), unescape('%20'), parseInt('12', 10)];
  [parseFloat('1e3'), (1234.5678).toFixed(2), (255).toString(16), (0.1).toPrecision(3), Number('0x1f'), isNaN(NaN)];
  [Math.max(1, 2), Math.floor(1.5), Math.random(), Math.pow(2, 0.5), Math.round(2.5), Math.abs(-1), Math.log(2)];
  const date = new Date('2026-03-01T12:30:00Z');
  [date.toJSON(), date.getFullYear(), date.toString(), Date.parse('1 Jan 2020'), Date.UTC(2020, 1, 1), +new Date()];
  [date.toISOString(), date.getTimezoneOffset(), date.toLocaleString(), new Date(2020, 1, 29).getTime()];
  const list = [3, 1, 2, 'x', null, undefined, { a: [1, { b: 2 }] }];
  [list.slice().sort(), list.concat([4]).reverse(), list.indexOf(2), list.filter(Boolean), list.some(x => x === 1)];
  [list.reduce((a, b) => a + String(b), ''), list.flat(), list.findIndex(x => x === 2), list.includes(3)];
  [Array.from({ length: 3 }, (x, i) => i), Array.of(1), [].concat.apply([], [[1], [2]]), list.splice(1, 1), list.pop()];
  [Object.keys({ a: 1 }), Object.assign({}, { b: 2 }), Object.entries({ c: 3 }), Object.fromEntries([['d', 4]])];
  [Object.freeze({}), Object.create(null), Object.getOwnPropertyNames({ x: 1 }), JSON.parse('{"a":[1,2.5e3,"x"]}')];
  JSON.stringify({ a: list, b: date, c: undefined, d: '\u2028' }, (key, value) => value, 2);
  const map = new Map([[1, 'a']]);
  [new Set([1, 1]).size, map.get(1), new WeakMap().has({}), Symbol('s').toString(), typeof Symbol.iterator];
  class Base { #x = 1; static y = 2; get x() { return this.#x; } }
  class Derived extends Base { constructor() { super(); this.z = `${this.x}`; } *[Symbol.iterator]() { yield this.z; } }
  [...new Derived()];
  const { a = 1, ...rest } = { b: 2 };
  [a, rest, list?.length ?? 0, (function () { return arguments.length; })(1, 2), ((...args) => args)(...list)];
  [new Proxy({}, { get: () => 1 }).x, Reflect.ownKeys({}), new Uint8Array([1, 2]).length, new Float64Array(2)[0]];
  (async function () { await null; })();
  Promise.resolve(1).then(() => 1);
  try { null.x; } catch (e) { [e.message, e.stack, e instanceof TypeError, String(e)]; } finally { list.length = 0; }
  try { undefinedName(); } catch (e) { e.name; }
  outer: for (const key in { p: 1 }) { for (const value of [1]) { if (value) continue outer; } }
  switch (a) { case 1: break; default: }
  let count = 0;
  do { count++; } while (count < 3);
  return count;
});
