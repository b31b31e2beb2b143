/**
 * What bounds a server like ours: the disk's fsync, RocksDB with the same batches and nothing around it, and a bare
 * Jetty handler that answers a constant. A figure of the server's means something beside the one below it.
 */
@NullMarked
package archipel.reference;

import org.jspecify.annotations.NullMarked;
