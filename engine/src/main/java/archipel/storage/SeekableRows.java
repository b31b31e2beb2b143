package archipel.storage;

/** Rows in order of their keys, to be looked up at or after a key. For one thread at a time. */
public interface SeekableRows extends AutoCloseable {
    /** To the first row at or after {@code key}; false when there is none. */
    boolean seek(byte[] key);

    byte[] key();

    byte[] value();

    @Override
    void close();
}
