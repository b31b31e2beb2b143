package archipel.engine;

import archipel.storage.StoreSnapshot;

/**
 * What readers that come now see: the store as of a position in the log. There is one for each group committed, shared by
 * all its readers.
 */
record Epoch(long position, StoreSnapshot store) {}
