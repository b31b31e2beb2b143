package archipel.failures;

/** 410: the block is older than the horizon, so that it cannot be read any more. */
public final class BlockPrunedException extends ArchipelException {
    /** @param what which request, for people */
    public BlockPrunedException(String what, ErrorAnswer answer) {
        super(what, answer, null);
    }
}
