package archipel.ends;

import java.io.IOException;

/**
 * An end is not the one any more that a run has begun with: it was put back to a backup, so that what the run believes
 * to be there may be gone. Only the checkpoints say where to go on.
 */
public final class HistoryChangedException extends IOException {
    public HistoryChangedException(String what) {
        super(what);
    }
}
