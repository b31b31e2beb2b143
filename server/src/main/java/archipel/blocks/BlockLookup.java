package archipel.blocks;

import archipel.changes.Block;
import archipel.http.BlockParameters;
import archipel.http.DatabaseRequest;
import archipel.read.BlockException;
import org.jspecify.annotations.Nullable;

/** Finds blocks by what clients call them. */
public final class BlockLookup {
    private BlockLookup() {}

    /**
     * The last block that is not later than a time; null when there was none yet.
     *
     * @throws archipel.document.RequestException 400 for what is no time, 503 for one that has not come
     */
    public static @Nullable Block before(DatabaseRequest request, String time) {
        try {
            return request.blockAt(BlockParameters.at(request, time));
        } catch (BlockException e) {
            if (e.kind() == BlockException.Kind.UNKNOWN) {
                return null;
            }
            throw e;
        }
    }
}
