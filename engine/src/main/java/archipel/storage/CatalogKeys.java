package archipel.storage;

import java.nio.charset.StandardCharsets;

/**
 * The keys of {@link Family#CATALOG}: the log group, what kind of row, and what tells it from the others of its kind.
 */
public final class CatalogKeys {
    /** The local node's only log group. */
    public static final int LOCAL_GROUP = 0;

    private static final int POSITION = 1;
    private static final int NEXT_DATABASE = 2;
    private static final int DATABASE = 3;
    private static final int STATE = 4;
    private static final int SECURITY = 5;
    private static final int UPLOAD = 6;
    private static final int FACT = 7;
    private static final int DROPPED = 8;
    private static final int FORMER_HEAD = 9;
    private static final int RECLAIMED = 10;

    private CatalogKeys() {}

    /** → the position of the newest command applied. */
    public static byte[] position() {
        return writer(POSITION).toBytes();
    }

    /** → the number the next database gets. */
    public static byte[] nextDatabase() {
        return writer(NEXT_DATABASE).toBytes();
    }

    /** Database name → its number. */
    public static byte[] database(String name) {
        return writer(DATABASE).raw(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    /** Database number → {@code DatabaseState} and what else changes with each command. */
    public static byte[] state(int database) {
        return writer(STATE).u32(database).toBytes();
    }

    /** Database number → its security object. */
    public static byte[] security(int database) {
        return writer(SECURITY).u32(database).toBytes();
    }

    /** Database number, upload → nothing: the upload's chunks belong to no document yet. */
    public static byte[] upload(int database, long upload) {
        return writer(UPLOAD).u32(database).u64(upload).toBytes();
    }

    /** Fact's key → its value. */
    public static byte[] fact(String key) {
        return writer(FACT).raw(key.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    /** Position of a command that dropped a database → the database's name. */
    public static byte[] dropped(long position) {
        return writer(DROPPED).u64(position).toBytes();
    }

    /** Position of a command that dropped a database → the database's name, how far it and its predecessors came. */
    public static byte[] formerHead(long position) {
        return writer(FORMER_HEAD).u64(position).toBytes();
    }

    /**
     * Database number → of how many bytes of deleted attachment content this node has given the space back. It is of
     * this disk: no command writes it.
     */
    public static byte[] reclaimed(int database) {
        return writer(RECLAIMED).u32(database).toBytes();
    }

    /** Bytes before a name or number in a key of this family. */
    public static final int PREFIX = 3;

    /** All rows of one kind lie between this key and its {@link #after}. */
    public static byte[] databases() {
        return writer(DATABASE).toBytes();
    }

    public static byte[] uploads() {
        return writer(UPLOAD).toBytes();
    }

    public static byte[] facts() {
        return writer(FACT).toBytes();
    }

    public static byte[] droppedDatabases() {
        return writer(DROPPED).toBytes();
    }

    public static byte[] formerHeads() {
        return writer(FORMER_HEAD).toBytes();
    }

    /** The least key greater than all that begin with {@code prefix}. */
    public static byte[] after(byte[] prefix) {
        return KeySpace.successor(prefix);
    }

    /** The name at a key's end. */
    public static String suffixText(byte[] key) {
        return new String(key, PREFIX, key.length - PREFIX, StandardCharsets.UTF_8);
    }

    private static RowWriter writer(int kind) {
        return new RowWriter(32).u16(LOCAL_GROUP).u8(kind);
    }
}
