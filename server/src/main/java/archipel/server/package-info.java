/**
 * A whole node in one object: {@link archipel.server.Server} opens the data, sees to the system databases and the
 * admin, and answers HTTP. What the command line and the tests start.
 */
@NullMarked
package archipel.server;

import org.jspecify.annotations.NullMarked;
