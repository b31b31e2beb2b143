// Runs after the guard, in a context that validation functions of several design documents share: none of them may
// change what another one's result depends on. So everything that is there before them stays as it is; what they add to
// the global object the driver takes away again.
(function () {
  'use strict';
  const root = globalThis;
  const freeze = Object.freeze;
  const define = Object.defineProperty;
  const describe = Object.getOwnPropertyDescriptor;
  const prototypeOf = Object.getPrototypeOf;
  const keysOf = Reflect.ownKeys;
  const ErrorOf = TypeError;
  // What the driver puts back.
  const ours = { __proto__: null, emit: 1, log: 1, sum: 1, isArray: 1 };
  const found = new Set();
  const waiting = [];

  function isObject(value) {
    return typeof value === 'object' && value !== null || typeof value === 'function';
  }
  function reach(value) {
    if (isObject(value) && !found.has(value)) {
      found.add(value);
      waiting.push(value);
    }
  }

  // A member of a frozen prototype cannot be assigned on the objects that inherit it. A setter that gives them one of
  // their own can: `error.message = …`, `object.toString = …`.
  function relax(prototype) {
    const names = keysOf(prototype);
    for (let i = 0; i < names.length; i++) {
      const name = names[i];
      const member = describe(prototype, name);
      if (!('value' in member) || !member.configurable) continue;
      const value = member.value;
      reach(value);
      define(prototype, name, {
        get() { return value; },
        set(own) {
          if (this === prototype) throw new ErrorOf('built-in objects cannot be changed here');
          if (isObject(this)) define(this, name, { value: own, writable: true, enumerable: true, configurable: true });
        },
        enumerable: member.enumerable,
        configurable: false
      });
    }
  }

  function harden(object) {
    reach(prototypeOf(object));
    const names = keysOf(object);
    for (let i = 0; i < names.length; i++) {
      const member = describe(object, names[i]);
      reach(member.value);
      reach(member.get);
      reach(member.set);
      if (object === root && member.configurable && !(names[i] in ours)) {
        define(root, names[i], 'value' in member ? { writable: false, configurable: false } : { configurable: false });
      }
    }
    // Not the global object: a function may assign to a variable that it forgot to declare.
    if (object !== root) freeze(object);
  }

  relax(Object.prototype);
  const errors = [Error, AggregateError, EvalError, RangeError, ReferenceError, SyntaxError, TypeError, URIError];
  for (let i = 0; i < errors.length; i++) relax(errors[i].prototype);

  reach(root);
  // What no name leads to.
  reach(function* () {});
  reach(async function () {});
  reach(async function* () {});
  reach([][Symbol.iterator]());
  reach(''[Symbol.iterator]());
  reach(new Map().entries());
  reach(new Set().entries());
  reach(''.matchAll(/a/g));
  reach([].values().map((value) => value));
  reach(Iterator.from({ next() {} }));
  reach((async function* () {})());
  while (waiting.length > 0) harden(waiting.pop());
})
