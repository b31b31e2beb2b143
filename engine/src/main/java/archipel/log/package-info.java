/**
 * Command logs: they put commands in one order, apply them to the state machines of their groups, make the result
 * durable and then visible. The log of a node that is on its own is here; what it shares with one that is replicated is
 * in classes of its own.
 */
@NullMarked
package archipel.log;

import org.jspecify.annotations.NullMarked;
