/**
 * CouchDB's replication protocol as the side that drives it: options and ids, checkpoints, and the copying itself from
 * one end to the other. Nothing here knows whether an end ({@code archipel.ends}) is a database of this node or one
 * behind HTTP, so that it knows neither sockets nor stores.
 */
@NullMarked
package archipel.replication;

import org.jspecify.annotations.NullMarked;
