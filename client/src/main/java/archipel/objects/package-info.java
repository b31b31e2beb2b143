/**
 * Objects that outlive the process: an interface whose calls are carried out on a state that is an ordinary document.
 * Implicitly, each call by itself is durable on a majority before it returns, and seen by all later calls through any
 * node; or explicitly, where the caller says when what was changed in a context is replicated.
 */
@NullMarked
package archipel.objects;

import org.jspecify.annotations.NullMarked;
