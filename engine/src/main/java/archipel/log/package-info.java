/**
 * Command logs: they put commands in one order, apply them to the state machines of their groups, make the result
 * durable and then visible. The log of a node that is on its own is here; another is plugged in by a {@link
 * archipel.log.LogFactory}. What both share, from a command's position to its readers, is {@link
 * archipel.log.BatchRunner}.
 */
@NullMarked
package archipel.log;

import org.jspecify.annotations.NullMarked;
