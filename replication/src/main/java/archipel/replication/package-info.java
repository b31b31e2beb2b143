/**
 * CouchDB's replication protocol as the side that drives it: options and ids, checkpoints, and the copying itself from
 * one end to the other. Both ends are interfaces, of which there are two kinds, a database of this node and one behind
 * HTTP, so that all the rest knows neither sockets nor stores.
 */
@NullMarked
package archipel.replication;

import org.jspecify.annotations.NullMarked;
