package archipel.attachments;

import archipel.document.ContentHash;
import archipel.storage.Family;
import archipel.storage.KeySpace;
import archipel.storage.StorageException;
import archipel.storage.StoreSnapshot;
import java.io.InputStream;

/** Attachment content, one chunk in memory at a time. */
public final class AttachmentStream extends InputStream {
    private final StoreSnapshot store;
    private final KeySpace keys;
    private final ContentRow content;
    private byte[] chunk = {};
    private int at;
    private int nextChunk;
    private long left;

    public AttachmentStream(StoreSnapshot store, KeySpace keys, ContentHash hash, long offset) {
        byte[] row = store.get(Family.ATTACHMENT, keys.content(hash));
        if (row == null) {
            throw new StorageException(StorageException.Kind.CORRUPT, "attachment content " + hash + " is missing");
        }
        this.store = store;
        this.keys = keys;
        this.content = ContentRow.decode(row);
        this.left = Math.max(0, content.encodedLength() - offset);
        if (left > 0) {
            nextChunk = Math.toIntExact(offset / content.chunkBytes());
            load();
            at = (int) (offset % content.chunkBytes());
        }
    }

    @Override
    public int read() {
        return available() == 0 && !advance() ? -1 : next();
    }

    private int next() {
        left--;
        return chunk[at++] & 255;
    }

    @Override
    public int read(byte[] into, int offset, int length) {
        if (length == 0) {
            return 0;
        }
        if (available() == 0 && !advance()) {
            return -1;
        }
        int count = Math.min(length, available());
        System.arraycopy(chunk, at, into, offset, count);
        at += count;
        left -= count;
        return count;
    }

    @Override
    public int available() {
        return chunk.length - at;
    }

    private boolean advance() {
        if (left <= 0) {
            return false;
        }
        load();
        return true;
    }

    private void load() {
        byte[] next = store.get(Family.ATTACHMENT, keys.chunk(content.upload(), nextChunk));
        long begin = (long) nextChunk * content.chunkBytes();
        long expected = Math.min(content.chunkBytes(), content.encodedLength() - begin);
        if (next == null || next.length != expected) {
            throw new StorageException(
                    StorageException.Kind.CORRUPT,
                    "chunk " + nextChunk + " of upload " + content.upload() + " is missing or cut");
        }
        chunk = next;
        at = 0;
        nextChunk++;
    }
}
