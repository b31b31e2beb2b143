/**
 * Functions that design documents bring along: what has to be true of a design document before it is stored, which
 * validation functions are in force in a database, and a port to what runs JavaScript, so that nothing here or above
 * knows the engine, and none is loaded before a function is called.
 */
@NullMarked
package archipel.functions;

import org.jspecify.annotations.NullMarked;
