package archipel.index;

import archipel.storage.RowWriter;
import java.nio.charset.StandardCharsets;

/**
 * Positions between the rows of a view. A row stands at its sort key, then its document's id (UTF-8, 0 as 0 FF, ended
 * by
 * 0), then its ordinal, whose first byte is less than FF: so that FF after any part is where all rows that begin with
 * the part have ended.
 */
public final class IndexKeys {
    private static final int AFTER = 0xff;

    private IndexKeys() {}

    /** Before all rows with that sort key, or whose sort key begins with that prefix. */
    public static byte[] before(byte[] sortKey) {
        return sortKey;
    }

    /** After all rows with that sort key, or whose sort key begins with that prefix. */
    public static byte[] after(byte[] sortKey) {
        return new RowWriter(sortKey.length + 1).raw(sortKey).u8(AFTER).toBytes();
    }

    /** Before all rows with that sort key of that document and those with greater ids. */
    public static byte[] before(byte[] sortKey, String id) {
        return ofDocument(sortKey, id, 0).toBytes();
    }

    /** After all rows with that sort key of that document and those with lesser ids. */
    public static byte[] after(byte[] sortKey, String id) {
        return ofDocument(sortKey, id, 1).u8(AFTER).toBytes();
    }

    static RowWriter ofDocument(byte[] sortKey, String id, int more) {
        byte[] utf8 = id.getBytes(StandardCharsets.UTF_8);
        RowWriter position = new RowWriter(sortKey.length + utf8.length + 1 + more).raw(sortKey);
        int from = 0;
        for (int at = 0; at < utf8.length; at++) {
            if (utf8[at] == 0) {
                position.raw(utf8, from, at + 1 - from).u8(0xff);
                from = at + 1;
            }
        }
        return position.raw(utf8, from, utf8.length - from).u8(0);
    }
}
