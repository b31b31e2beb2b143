package archipel.read;

import archipel.changes.Block;

/** A walk over blocks; begins before the first. Holds nothing but its reader. */
public interface BlockCursor {
    boolean next();

    Block block();
}
