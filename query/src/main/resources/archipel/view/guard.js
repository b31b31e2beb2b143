// Runs after the driver has captured the builtins and before any code of a design document. Some builtins loop in the engine without
// ever reaching a safepoint, so a watchdog can't stop them, or build results without looking at the string limit.
// Here they refuse arguments for which that would matter, or take long strings in steps that can be stopped. No honest
// map function comes near these limits. It evaluates to a function of MAX: how many elements a list may have that a
// builtin makes or walks in one step.
(function (MAX) {
  'use strict';
  const LONG = 1e5;       // characters of a string taken as a list of characters
  const PIECES = MAX / 4; // a piece of a string takes more than an element
  const apply = Reflect.apply;
  const define = Object.defineProperty;
  const isArray = Array.isArray;
  const RangeErrorOf = RangeError;
  const spreadable = Symbol.isConcatSpreadable;
  const iterator = Symbol.iterator;
  const NumberOf = Number;

  function refuse(what) { throw new RangeErrorOf(what + ' is too long'); }
  function check(list) {
    if (list === undefined || list === null) return;
    const n = list.length;
    if (n > MAX || typeof n === 'object') refuse('array');
  }
  function replace(owner, name, value) {
    define(value, 'name', { value: name, configurable: true });
    define(owner, name, { value: value, writable: true, enumerable: false, configurable: true });
  }

  const arrayMethods = ['at', 'concat', 'copyWithin', 'every', 'fill', 'filter', 'find', 'findIndex', 'findLast',
    'findLastIndex', 'flat', 'flatMap', 'forEach', 'includes', 'indexOf', 'join', 'lastIndexOf', 'map', 'reduce',
    'reduceRight', 'reverse', 'shift', 'slice', 'some', 'sort', 'splice', 'toLocaleString', 'toReversed', 'toSorted',
    'toSpliced', 'toString', 'unshift', 'with'];
  for (let i = 0; i < arrayMethods.length; i++) {
    const name = arrayMethods[i];
    const native = Array.prototype[name];
    if (typeof native !== 'function' || name === 'concat') continue;
    replace(Array.prototype, name, {
      method(...args) { check(this); return apply(native, this, args); }
    }.method);
  }
  const concat = Array.prototype.concat;
  replace(Array.prototype, 'concat', {
    method(...args) {
      let total = 0;
      for (let i = -1; i < args.length; i++) {
        const part = i < 0 ? this : args[i];
        if (typeof part === 'object' && part !== null && (isArray(part) || part[spreadable])) {
          check(part);
          total += part.length;
        }
      }
      if (total > MAX) refuse('array');
      return apply(concat, this, args);
    }
  }.method);

  const from = Array.from;
  replace(Array, 'from', {
    method(items, ...more) {
      if (items !== undefined && items !== null && items[iterator] === undefined) check(items);
      return apply(from, this, [items, ...more]);
    }
  }.method);
  const raw = String.raw;
  replace(String, 'raw', {
    method(strings, ...more) { check(strings.raw); return apply(raw, this, [strings, ...more]); }
  }.method);

  // Strings as lists: of characters, of pieces, of matches.
  const strings = String.prototype;
  const at = strings.codePointAt;
  const characters = strings[iterator];
  const split = strings.split;
  const match = strings.match;
  const exec = RegExp.prototype.exec;
  const globalOf = Object.getOwnPropertyDescriptor(RegExp.prototype, 'global').get;
  const StringOf = String;
  const iterators = Object.getPrototypeOf(Object.getPrototypeOf([][iterator]()));

  function isLong(text) { return typeof text === 'string' && text.length > LONG; }
  function isGlobal(pattern) {
    if (typeof pattern !== 'object' || pattern === null) return false;
    try { return apply(globalOf, pattern, []) === true; } catch (notARegExp) { return false; }
  }
  define(strings, iterator, {
    value: {
      method() {
        if (!isLong(this)) return apply(characters, this, []);
        const text = this;
        let next = 0;
        return {
          __proto__: iterators,
          next() {
            if (next >= text.length) return { value: undefined, done: true };
            const point = apply(at, text, [next]);
            const from = next;
            next += point > 0xffff ? 2 : 1;
            return { value: point > 0xffff ? text[from] + text[from + 1] : text[from], done: false };
          }
        };
      }
    }.method, writable: true, enumerable: false, configurable: true
  });
  replace(strings, 'split', {
    method(separator, limit) {
      if (!isLong(this)) return apply(split, this, [separator, limit]);
      const most = limit === undefined ? PIECES + 1 : limit >>> 0;
      const pieces = apply(split, this, [separator, most > PIECES ? PIECES + 1 : most]);
      if (isArray(pieces) && pieces.length > PIECES) refuse('list');
      return pieces;
    }
  }.method);
  replace(strings, 'match', {
    method(pattern) {
      if (!isLong(this) || !isGlobal(pattern)) return apply(match, this, [pattern]);
      const found = [];
      pattern.lastIndex = 0;
      for (let one = apply(exec, pattern, [this]); one !== null; one = apply(exec, pattern, [this])) {
        define(found, found.length, { value: one[0], writable: true, enumerable: true, configurable: true });
        if (one[0] === '') pattern.lastIndex++;
      }
      return found.length === 0 ? null : found;
    }
  }.method);

  const parse = JSON.parse;
  replace(JSON, 'parse', {
    method(text, reviver) {
      const json = StringOf(text);
      if (json.length > MAX) refuse('text');
      return apply(parse, JSON, [json, reviver]);
    }
  }.method);

  const stringify = JSON.stringify;
  function boundedStringify(value, replacer, space) {
    if (typeof replacer === 'object' && replacer !== null && isArray(replacer) && replacer.length > LONG) refuse('replacer');
    return stringify(value, replacer, space);
  }
  replace(JSON, 'stringify', boundedStringify);
  define(globalThis, 'toJSON', { value: boundedStringify, writable: true, enumerable: false, configurable: true });

  // the result of replacing a short string by a long one, everywhere
  const replaceAll = String.prototype.replaceAll;
  replace(String.prototype, 'replaceAll', {
    method(pattern, by) {
      if (typeof by === 'string' && this !== undefined && this !== null && by.length * this.length > 4 * MAX) refuse('result');
      return apply(replaceAll, this, [pattern, by]);
    }
  }.method);

  const objectFunctions = ['assign', 'entries', 'keys', 'values', 'getOwnPropertyDescriptors', 'getOwnPropertyNames'];
  for (let i = 0; i < objectFunctions.length; i++) {
    const name = objectFunctions[i];
    const native = Object[name];
    replace(Object, name, {
      method(...args) {
        for (let j = 0; j < args.length; j++) {
          const a = args[j];
          if (typeof a === 'string' ? a.length > LONG : a !== undefined && a !== null && typeof a.length === 'number' && a.length > MAX) refuse('list');
        }
        return apply(native, this, args);
      }
    }.method);
  }
})
