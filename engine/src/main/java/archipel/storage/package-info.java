/** The only code that sees RocksDB: column families, keys, atomic batches, snapshots and cursors. */
@NullMarked
package archipel.storage;

import org.jspecify.annotations.NullMarked;
