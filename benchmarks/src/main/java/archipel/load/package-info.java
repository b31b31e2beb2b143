/**
 * The load driver: workloads against any server that speaks CouchDB's HTTP API, alone or two side by side, and how our
 * own server's costs grow with its database. {@link archipel.load.LoadDriver} is where it starts.
 */
@NullMarked
package archipel.load;

import org.jspecify.annotations.NullMarked;
