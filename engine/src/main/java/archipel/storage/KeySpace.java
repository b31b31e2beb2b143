package archipel.storage;

import archipel.document.ContentHash;
import archipel.document.Revision;
import java.nio.charset.StandardCharsets;

/**
 * The keys of one database.
 *
 * @param group the log group, 0 to 65535
 * @param database the database's number in the catalog, never used again
 */
public record KeySpace(int group, int database) {
    /** Bytes before what tells one row from another. */
    public static final int PREFIX = 6;

    private static final int CONTENT = 1;
    private static final int CHUNK = 2;

    /** The database's number in a key of any family but the catalog. */
    public static int database(byte[] key) {
        return new RowReader(key, Short.BYTES).u32();
    }

    /** The first key of this database, in any family but the catalog. */
    public byte[] lower() {
        return writer(0).toBytes();
    }

    /** The first key after this database. */
    public byte[] upper() {
        return successor(lower());
    }

    public byte[] document(String id) {
        return text(id);
    }

    public byte[] local(String id) {
        return text(id);
    }

    public byte[] conflict(String id) {
        return text(id);
    }

    /** The row that says that the documents in conflict have rows. */
    public byte[] conflictsKept() {
        return lower();
    }

    public byte[] change(long seq) {
        return writer(8).u64(seq).toBytes();
    }

    /** @param span which of the runs of seqs that are counted together */
    public byte[] superseded(long span) {
        return writer(8).u64(span).toBytes();
    }

    /** Where the change of that seq is once another took its place. */
    public byte[] changeHistory(long seq) {
        return change(seq);
    }

    /** @param block number of the block that took its place */
    public byte[] history(String id, long block) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        RowWriter key = writer(utf8.length + 12);
        escaped(key, utf8);
        return key.u64(block).toBytes();
    }

    /** Where the rows of {@link #history} or {@link #body} of one document begin. */
    public byte[] versions(String id) {
        return bodies(id);
    }

    /** Where the rows of {@link #history} or {@link #body} of one document have ended. */
    public byte[] versionsUpper(String id) {
        return successor(bodies(id));
    }

    /** The block number that ends a key of {@link #history}. */
    public static long historyBlock(byte[] key) {
        return new RowReader(key, key.length - 8).u64();
    }

    /** The id in a key of {@link #history}. */
    public static String historyId(byte[] key) {
        return bodyId(key);
    }

    public byte[] block(long number) {
        return writer(8).u64(number).toBytes();
    }

    public byte[] blockHash(byte[] hash) {
        return writer(hash.length).raw(hash).toBytes();
    }

    public byte[] purge(long purgeSeq) {
        return writer(8).u64(purgeSeq).toBytes();
    }

    public byte[] content(ContentHash hash) {
        return writer(33).u8(CONTENT).raw(hash.bytes()).toBytes();
    }

    /** Where the rows of {@link #content} begin. */
    public byte[] contentLower() {
        return writer(1).u8(CONTENT).toBytes();
    }

    /** Where the rows of {@link #content} have ended. */
    public byte[] contentUpper() {
        return writer(1).u8(CONTENT + 1).toBytes();
    }

    public byte[] chunk(long upload, int index) {
        return writer(13).u8(CHUNK).u64(upload).u32(index).toBytes();
    }

    /** After the last chunk of an upload. */
    public byte[] chunkUpper(long upload) {
        return successor(writer(9).u8(CHUNK).u64(upload).toBytes());
    }

    public byte[] body(String id, Revision revision) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        RowWriter key = writer(utf8.length + 24);
        escaped(key, utf8);
        return RevisionCodec.write(key, revision).toBytes();
    }

    /**
     * Before the rows of one part of an index.
     *
     * @param number 0 for what is about all indexes
     * @param part less than 255
     */
    public byte[] index(int number, int part) {
        return writer(5).u32(number).u8(part).toBytes();
    }

    /** Before all rows of an index. */
    public byte[] index(int number) {
        return writer(4).u32(number).toBytes();
    }

    /** The first body key of a document. */
    public byte[] bodies(String id) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        RowWriter key = writer(utf8.length + 2);
        escaped(key, utf8);
        return key.toBytes();
    }

    /** The id in a body's key. */
    public static String bodyId(byte[] key) {
        byte[] id = new byte[key.length];
        int length = 0;
        for (int at = PREFIX; ; at++) {
            if (at + 1 >= key.length) {
                throw new StorageException(StorageException.Kind.CORRUPT, "a body's key has no end of id");
            }
            if (key[at] == 0) {
                if (key[at + 1] == 0) {
                    return new String(id, 0, length, StandardCharsets.UTF_8);
                }
                at++;
                id[length++] = 0;
            } else {
                id[length++] = key[at];
            }
        }
    }

    /** The revision in a body's key. */
    public static Revision bodyRevision(byte[] key) {
        int at = PREFIX;
        while (key[at] != 0 || key[at + 1] != 0) {
            at += key[at] == 0 ? 2 : 1;
        }
        return RevisionCodec.read(new RowReader(key, at + 2));
    }

    /** The text that ends a key of {@link #document}, {@link #conflict} or {@link #local}. */
    public static String suffixText(byte[] key) {
        return new String(key, PREFIX, key.length - PREFIX, StandardCharsets.UTF_8);
    }

    /** The number that ends a key of {@link #change}, {@link #superseded}, {@link #block} or {@link #purge}. */
    public static long suffixNumber(byte[] key) {
        return new RowReader(key, PREFIX).u64();
    }

    /** The content hash in a key of {@link #content}. */
    public static ContentHash suffixHash(byte[] key) {
        return new ContentHash(new RowReader(key, PREFIX + 1).rest());
    }

    /** The least key that is greater than every key that begins with {@code prefix}. */
    public static byte[] successor(byte[] prefix) {
        byte[] next = prefix.clone();
        for (int i = next.length - 1; i >= 0; i--) {
            if (++next[i] != 0) {
                return next;
            }
        }
        throw new IllegalArgumentException("no key follows this prefix");
    }

    private byte[] text(String suffix) {
        byte[] utf8 = suffix.getBytes(StandardCharsets.UTF_8);
        return writer(utf8.length).raw(utf8).toBytes();
    }

    private RowWriter writer(int more) {
        return new RowWriter(PREFIX + more).u16(group).u32(database);
    }

    // 0 becomes 0 FF and the end is 0 0, so that an id sorts before every id it is the beginning of.
    private static void escaped(RowWriter key, byte[] utf8) {
        for (byte b : utf8) {
            key.u8(b);
            if (b == 0) {
                key.u8(0xff);
            }
        }
        key.u8(0).u8(0);
    }
}
