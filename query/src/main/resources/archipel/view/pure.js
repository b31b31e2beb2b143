// Runs after the guard, in the contexts of map and reduce functions. An index is made anew at other times and on other
// nodes, and has to be the same there: so its functions have no clock, no randomness and nothing that tells what the
// garbage collector did. What asks for these throws; dates that are made of something go on as they are.
(function () {
  'use strict';
  const NativeDate = Date;
  const construct = Reflect.construct;
  const define = Object.defineProperty;
  const describe = Object.getOwnPropertyDescriptor;
  const names = Object.getOwnPropertyNames(NativeDate);
  const ErrorOf = TypeError;

  function refuse(what) {
    throw new ErrorOf(what + ' is not available in map and reduce functions: their result must depend on nothing but '
      + 'the documents');
  }
  function replace(owner, name, method) {
    define(method, 'name', { value: name, configurable: true });
    define(owner, name, { value: method, writable: true, enumerable: false, configurable: true });
  }

  function DateOf() {
    if (new.target === undefined) refuse('Date()');
    if (arguments.length === 0) refuse('new Date()');
    return construct(NativeDate, arguments, new.target);
  }
  for (let i = 0; i < names.length; i++) {
    // Also what it is called, and its prototype: instanceof and subclasses work as ever.
    define(DateOf, names[i], describe(NativeDate, names[i]));
  }
  replace(DateOf, 'now', { method() { refuse('Date.now()'); } }.method);
  define(NativeDate.prototype, 'constructor', { value: DateOf, writable: true, enumerable: false, configurable: true });
  define(globalThis, 'Date', { value: DateOf, writable: true, enumerable: false, configurable: true });

  replace(Math, 'random', { method() { refuse('Math.random()'); } }.method);

  delete globalThis.WeakRef;
  delete globalThis.FinalizationRegistry;
})
