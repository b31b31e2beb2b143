/**
 * Locks that the nodes of an ensemble share: who holds one and who waits for it is state of the system group, changed
 * by commands alone. Also what databases remember of the tokens of locks that writes have shown them.
 */
@NullMarked
package archipel.lock;

import org.jspecify.annotations.NullMarked;
