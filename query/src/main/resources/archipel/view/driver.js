// Runs in every context before a design document's code does. It evaluates to a function that the host calls once
// with its compile callback, and that returns what the host calls from then on.
//
// Rules that keep it safe from the code that shares its realm:
//  * every builtin is captured here, before that code exists; no method is looked up on a prototype later;
//  * no iteration protocol (for-of, spread, destructuring), no regular expressions, no string methods;
//  * arrays that are grown by assignment have no prototype, so accessors planted on Array.prototype or
//    Object.prototype are never reached; look-up tables have no prototype either;
//  * their functions are called through a local variable, so `this` never is a driver object;
//  * counters move only after a slot is complete: a RangeError (stack) in the middle loses a row, not the order.
(function (compile, maxLogLines, rowWeight, charWeight) {
  'use strict';
  const parse = JSON.parse;
  const stringify = JSON.stringify;
  const freeze = Object.freeze;
  const keys = Object.keys;
  const isArray = Array.isArray;
  const apply = Reflect.apply;
  const hasOwn = Object.prototype.hasOwnProperty;
  const tagOf = Object.prototype.toString;
  const setProto = Object.setPrototypeOf;
  const define = Object.defineProperty;
  const StringOf = String;
  const root = globalThis;

  function own(object, name) { return apply(hasOwn, object, [name]); }
  function bare() { return setProto([], null); }
  function text(value) { const s = stringify(value); return s === undefined ? 'null' : s; }

  // ---------------------------------------------------------------- errors
  function describe(error) {
    try {
      if (typeof error === 'object' && error !== null && !isArray(error) && 'message' in error && 'name' in error) {
        return StringOf(error.name) + ': ' + StringOf(error.message);
      }
      return typeof error === 'string' ? error : text(error);
    } catch (ignored) {
      return 'error that cannot be described';
    }
  }
  // Errors are not plain data; as values of rows they become {error, message}.
  function errorToData(value) {
    if (typeof value === 'object' && value !== null && 'stack' in value && 'name' in value && 'message' in value) {
      return { error: value.name, message: value.message };
    }
    return value;
  }

  // ---------------------------------------------------------------- documents
  function deepFreeze(object) {
    if (isArray(object)) {
      for (let i = 0, n = object.length; i < n; i++) {
        const v = object[i];
        if (typeof v === 'object' && v !== null) deepFreeze(v);
      }
    } else {
      const names = keys(object);
      for (let i = 0, n = names.length; i < n; i++) {
        const v = object[names[i]];
        if (typeof v === 'object' && v !== null) deepFreeze(v);
      }
    }
    return freeze(object);
  }

  // ---------------------------------------------------------------- globals that functions see
  const rowKeys = bare();
  const rowValues = bare();
  let rows = 0;
  let emitting = false;
  let holding = false;                   // whether rows are wanted, or only their number
  // What rows weigh, in bytes of the host's heap, is counted before they are held.
  let room = 0;                          // for the rows of this call
  let used = 0;                          // by the documents before
  let weight = 0;                        // of this function on this document, so far
  let over = false;
  let logLines = bare();
  let logCount = 0;

  function weigh(length) {
    weight += rowWeight + charWeight * length;
    if (over || used + weight > room) {
      over = true;                         // whatever the function makes of the error
      throw 'too many rows';
    }
  }
  function emit(key, value) {
    if (!emitting) return;               // a late call, from a promise reaction
    if (!holding) { rows++; return; }
    weigh((typeof key === 'string' ? key.length : 0) + (typeof value === 'string' ? value.length : 0));
    rowKeys[rows] = key;
    rowValues[rows] = errorToData(value);
    rows++;
  }
  function log(message) {
    if (logCount >= maxLogLines) return;
    let line;
    try { line = typeof message === 'string' ? message : text(errorToData(message)); } catch (e) { line = describe(e); }
    logLines[logCount] = line;
    logCount++;
  }
  function sum(values) {
    let total = 0;
    for (const i in values) total += values[i];
    return total;
  }
  function isArrayLike(value) { return apply(tagOf, value, []) === '[object Array]'; }
  function publish(name, value) {
    define(root, name, { value: value, writable: true, enumerable: false, configurable: true });
  }
  publish('emit', emit);
  publish('log', log);
  publish('sum', sum);
  publish('isArray', isArrayLike);

  // ---------------------------------------------------------------- CommonJS
  // A module is a node {id, current, parent} on the path from the design document's root.
  let designRoot = null;
  let cache = setProto({}, null);

  // What CouchDB throws, so that it goes through to whoever called the function.
  function fail(error, reason) { throw ['error', error, reason]; }
  function segments(path) {              // path.split('/') without String.prototype
    const out = bare();
    let at = 0;
    let part = '';
    for (let i = 0; i < path.length; i++) {
      if (path[i] === '/') { out[at++] = part; part = ''; } else part += path[i];
    }
    out[at] = part;
    return out;
  }
  function resolve(name, from) {
    const names = segments(name);
    let node = from;
    for (let i = 0; i < names.length; i++) {
      const n = names[i];
      if (n === '..') {
        if (!node || !node.parent || !node.parent.parent) fail('invalid_require_path', 'Object has no parent ' + text(node ? node.current : null));
        node = node.parent;              // one level up; its own parent is kept by the node
      } else if (n === '.') {
        if (!node || !node.parent) fail('invalid_require_path', 'Object has no parent ' + text(node ? node.current : null));
      } else {
        if (i === 0) node = { __proto__: null, id: undefined, current: designRoot, parent: undefined };
        const at = node.current;
        if (typeof at !== 'object' || at === null || !own(at, n)) {
          fail('invalid_require_path', 'Object has no property "' + n + '". ' + text(at));
        }
        node = { __proto__: null, id: node.id === undefined ? n : node.id + '/' + n, current: at[n], parent: node };
      }
    }
    if (typeof node.current !== 'string') {
      fail('invalid_require_path', 'Must require a JavaScript string, not: ' + (typeof node.current));
    }
    return node;
  }
  function requireFrom(name, node) {
    const found = resolve('' + name, node);
    if (found.id in cache) return cache[found.id].exports;
    const module = { id: found.id, current: found.current, parent: found.parent, exports: {} };
    cache[found.id] = module;            // before it runs, so that a cycle ends
    try {
      const body = compile(found.current, found.id);
      apply(body, root, [module, module.exports, function require(other) { return requireFrom(other, found.parent); }]);
    } catch (e) {
      delete cache[found.id];
      fail('compilation_error', "Module require('" + name + "') raised error " + describe(e));
    }
    return module.exports;
  }

  // ---------------------------------------------------------------- the host's API
  const functions = bare();
  let count = 0;
  let frozen = true;
  let shared = false;

  // In a context that several functions share: nothing stays of what the last one, or a promise of it, left behind.
  function tidy() {
    const left = keys(root);
    for (let i = 0, n = left.length; i < n; i++) delete root[left[i]];
    if (root.emit !== emit) publish('emit', emit);
    if (root.log !== log) publish('log', log);
    if (root.sum !== sum) publish('sum', sum);
    if (root.isArray !== isArrayLike) publish('isArray', isArrayLike);
  }

  // Records, one a line; JSON text never holds a raw control character:
  //   key TAB value      a row        \u0002 text  a log line
  //   (empty)            end of one function on one document
  //   \u0001 text        the same, after an error: its rows are void
  //   \u0003             the same, where its rows have no room
  function takeLogs() {
    let out = '';
    for (let i = 0; i < logCount; i++) out += '\u0002' + stringify(logLines[i]) + '\n';
    logLines = bare();
    logCount = 0;
    return out;
  }
  // Null where there is no room for its rows.
  function mapOne(fn, doc) {
    rows = 0;
    weight = 0;
    over = false;
    holding = true;
    emitting = true;
    try {
      fn(doc);
      emitting = false;
      if (over) return null;
      let out = '';
      weight = 0;
      for (let i = 0; i < rows; i++) {
        const key = text(rowKeys[i]);
        const value = text(rowValues[i]);
        weigh(key.length + value.length);
        out += key + '\t' + value + '\n';
      }
      used += weight;
      return out + '\n';
    } catch (e) {
      emitting = false;
      if (over) return null;
      return '\u0001' + stringify(describe(e)) + '\n';
    }
  }

  // The other calls answer with one line of JSON text, or \u0001 and what was thrown, then log lines.
  function thrown(error) {
    let data;
    try {
      if (typeof error === 'object' && error !== null && 'stack' in error && 'name' in error) {
        data = ['error', StringOf(error.name), StringOf(error.message), StringOf(error.stack)];
      } else {
        data = ['value', error === undefined ? null : error];
      }
      return '\u0001' + stringify(data);
    } catch (ignored) {
      return '\u0001["error","Error","error that cannot be described",""]';
    }
  }
  function answer(body) {
    let out;
    try { out = body(); } catch (e) { out = thrown(e); }
    return out + '\n' + takeLogs();
  }
  function self() { return designRoot === null ? root : designRoot; }

  return freeze({
    __proto__: null,
    setDesign: function (json) {
      designRoot = parse(json);
      publish('require', function require(name) { return requireFrom(name, undefined); });
    },
    setShared: function () { shared = true; },
    setFrozen: function (flag) { frozen = flag; },
    add: function (fn) { functions[count] = fn; return count++; },
    // which: '1' for each function to be called, '0' for the others.
    // bytes: the room for rows. Where it is full: a document that is there as a whole goes on without the function's
    // rows; else the answer ends before the document.
    map: function (json, which, bytes, whole) {
      const docs = parse(json);
      let out = '';
      let full = false;
      room = bytes;
      used = 0;
      for (let j = 0, n = docs.length; j < n && !full; j++) {
        const doc = frozen ? deepFreeze(docs[j]) : docs[j];
        let lines = '';
        for (let f = 0; f < count && !full; f++) {
          const made = which[f] === '1' ? mapOne(functions[f], doc) : '\n';
          if (made === null && !whole) {
            full = true;
          } else {
            lines += made === null ? '\u0003\n' : made;
          }
          if (logCount > 0) lines += takeLogs();
        }
        if (!full) out += lines;
      }
      rowKeys.length = 0;
      rowValues.length = 0;
      return out;
    },
    // A JSON array of arguments, and which of the functions.
    validate: function (json, number) {
      const fn = functions[number];
      if (shared) tidy();
      return answer(function () { return text(apply(fn, self(), parse(json))); });
    },
    // A reduce function sees no design document.
    reduce: function (json) {
      const fn = functions[0];
      return answer(function () {
        const args = parse(json);
        return text(errorToData(fn(args[0], args[1], args[2])));
      });
    },
    // One digit for each document: whether the function's result is true.
    filter: function (json, request) {
      return answer(function () {
        const docs = parse(json);
        const req = parse(request);
        let out = '"';
        for (let i = 0, n = docs.length; i < n; i++) {
          out += apply(functions[0], self(), [docs[i], req]) ? '1' : '0';
        }
        return out + '"';
      });
    },
    // The same: whether the function emits anything.
    emits: function (json) {
      const fn = functions[0];
      return answer(function () {
        const docs = parse(json);
        let out = '"';
        try {
          for (let i = 0, n = docs.length; i < n; i++) {
            rows = 0;
            holding = false;
            emitting = true;
            fn(docs[i]);
            emitting = false;
            out += rows > 0 ? '1' : '0';
          }
        } finally {
          emitting = false;
          rowKeys.length = 0;
          rowValues.length = 0;
        }
        return out + '"';
      });
    },
    // [document or null, response]
    update: function (json) {
      return answer(function () {
        const result = apply(functions[0], self(), parse(json));
        const doc = result[0];
        let response = result[1];
        if (typeof response === 'string') response = { body: response };
        if (typeof response !== 'object' || response === null || isArray(response)) {
          fail('render_error', 'undefined response from update function');
        }
        return '[' + (typeof doc === 'object' ? text(doc) : 'null') + ',' + text(response) + ']';
      });
    }
  });
})
