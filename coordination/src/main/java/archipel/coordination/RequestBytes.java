package archipel.coordination;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.util.function.Supplier;
import org.apache.jute.BinaryInputArchive;
import org.apache.jute.Record;
import org.apache.zookeeper.server.RequestRecord;
import org.jspecify.annotations.Nullable;

/**
 * A request as its client has sent it. The library reads a length within it, compares it with a setting of the process
 * and allocates that much: so one server would take what another refuses, and a small request could cost a large array.
 * Here no part of a request may be longer than the whole, on any server.
 */
final class RequestBytes implements RequestRecord {
    /** More than there is no more of; the library adds something of its own to its bound. */
    private static final int NOTHING_MORE = 0;

    private final byte[] bytes;
    private volatile @Nullable Record read;

    RequestBytes(byte[] bytes) {
        this.bytes = bytes;
    }

    /** @return of what has these bytes, and of them alone */
    static BinaryInputArchive archive(byte[] bytes) {
        return new BinaryInputArchive(new DataInputStream(new ByteArrayInputStream(bytes)), bytes.length, NOTHING_MORE);
    }

    @Override
    @SuppressWarnings("unchecked")
    public <T extends Record> T readRecord(Supplier<T> form) throws IOException {
        Record known = read;
        if (known == null) {
            known = form.get();
            known.deserialize(archive(bytes), "request");
            read = known;
        }
        return (T) known;
    }

    /** The bytes themselves, to be left as they are. */
    @Override
    public byte[] readBytes() {
        return bytes;
    }

    @Override
    public int limit() {
        return bytes.length;
    }
}
