package archipel.read;

/** Which block a read wants. */
public sealed interface BlockSelector {
    BlockSelector LATEST = new Latest();

    /** The newest there is. */
    record Latest() implements BlockSelector {}

    /** Exactly that one. */
    record Number(long number) implements BlockSelector {}

    /**
     * Exactly that one.
     *
     * @param hash 32 bytes
     */
    record Hash(byte[] hash) implements BlockSelector {}

    /** The newest, once that one is there. */
    record AtLeast(long number) implements BlockSelector {}

    /**
     * The last one that is not later.
     *
     * @param timeMs since the epoch
     */
    record At(long timeMs) implements BlockSelector {}
}
