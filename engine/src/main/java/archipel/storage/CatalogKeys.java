package archipel.storage;

import java.nio.charset.StandardCharsets;

/**
 * The keys of {@link Family#CATALOG}: the log group, what kind of row, and what tells it from the others of its kind.
 * Static ones are of the system group's rows.
 *
 * @param group the log group, 0 to 65535
 */
public record CatalogKeys(int group) {
    /** The group that knows which databases there are, and in which group each of them is. */
    public static final int SYSTEM_GROUP = 0;

    /** The first of the groups that hold databases; the system group held them as well before there were groups. */
    public static final int DATA_GROUP = 1;

    /**
     * The group of the databases that are this node's alone, where the others are an ensemble's: it knows which they
     * are, and holds them. Each member has one of its own.
     */
    public static final int LOCAL_GROUP = 0xfffe;

    /** The greatest number that a group can have. */
    public static final int LAST_GROUP = LOCAL_GROUP;

    /** Bytes before a name or number in a key of this family. */
    public static final int PREFIX = 3;

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
    private static final int NAMELESS = 11;
    private static final int FORMAT = 12;
    private static final int INSTALLATION = 13;
    private static final int UUID = 14;
    private static final int ERASED = 15;
    private static final int APART = 16;
    private static final int ORIGIN = 17;
    private static final int PART = 18;
    private static final int LOCK = 19;
    private static final int LOCK_SEQUENCE = 20;
    private static final int FENCE = 21;
    private static final int FENCE_USE = 22;
    private static final int FENCE_FLOOR = 23;
    private static final int TOPIC = 24;
    private static final int TOPIC_SEQUENCE = 25;
    private static final int TOPIC_STATE = 26;
    private static final int MESSAGE_KEY = 27;
    private static final int MESSAGE_KEY_SLOT = 28;
    /** Greater than any other, since it is passed over where all others are visited. */
    private static final int MESSAGE = 255;

    private static final int EXTENSION = 32;

    /** Rows of the node alone are kept as if they were of a group that there is not. */
    private static final CatalogKeys NODE = new CatalogKeys(LAST_GROUP + 1);

    /** Of the system group. */
    public static final CatalogKeys SYSTEM = new CatalogKeys(SYSTEM_GROUP);

    /** What the first database of {@link #LOCAL_GROUP} gets, so that no other group has one of that number. */
    private static final int FIRST_LOCAL_DATABASE = 1 << 30;

    /** → the number of the {@link FormatVersion} that the group was raised to; none where it never was. */
    public byte[] format() {
        return writer(FORMAT).toBytes();
    }

    /** → the position of the newest command applied. */
    public byte[] position() {
        return writer(POSITION).toBytes();
    }

    /** Database number → {@code DatabaseState} and what else changes with each command. */
    public byte[] state(int database) {
        return writer(STATE).u32(database).toBytes();
    }

    /** Database number → its security object. */
    public byte[] security(int database) {
        return writer(SECURITY).u32(database).toBytes();
    }

    /** Database number, upload → its lease: the upload's chunks belong to no document yet. */
    public byte[] upload(int database, long upload) {
        return writer(UPLOAD).u32(database).u64(upload).toBytes();
    }

    /** Number of a database whose rows are gone → how far it had come, until the system group knows that. */
    public byte[] erased(int database) {
        return writer(ERASED).u32(database).toBytes();
    }

    /** Whoever numbers commands that may come to the group twice → which of them it has seen. */
    public byte[] origin(long origin) {
        return writer(ORIGIN).u64(origin).toBytes();
    }

    /** Part of a command's bytes, of the command of that number among those of a run of an origin → the bytes. */
    public byte[] part(long origin, long run, long transfer, int number) {
        return writer(PART).u64(origin).u64(run).u64(transfer).u32(number).toBytes();
    }

    /** Those of a run's commands follow this key, those of former runs come before it. */
    public byte[] parts(long origin, long run) {
        return writer(PART).u64(origin).u64(run).toBytes();
    }

    public byte[] parts(long origin) {
        return writer(PART).u64(origin).toBytes();
    }

    /** Lock's name → who holds it, and who waits for it. */
    public byte[] lock(String name) {
        return writer(LOCK).raw(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    public byte[] locks() {
        return writer(LOCK).toBytes();
    }

    /** → the greatest token or place in a queue that was given, of whichever lock. */
    public byte[] lockSequence() {
        return writer(LOCK_SEQUENCE).toBytes();
    }

    /** Database number, lock's name → the greatest token of it that a write has shown, and when one did. */
    public byte[] fence(int database, String name) {
        return writer(FENCE)
                .u32(database)
                .raw(name.getBytes(StandardCharsets.UTF_8))
                .toBytes();
    }

    public byte[] fences(int database) {
        return writer(FENCE).u32(database).toBytes();
    }

    /** Database number, position of a command → the name of the lock whose token it has shown. */
    public byte[] fenceUse(int database, long position, int index) {
        return writer(FENCE_USE).u32(database).u64(position).u16(index).toBytes();
    }

    public byte[] fenceUses(int database) {
        return writer(FENCE_USE).u32(database).toBytes();
    }

    /** Database number → how many locks have a {@link #fence}, and what holds of those that have none any more. */
    public byte[] fenceFloor(int database) {
        return writer(FENCE_FLOOR).u32(database).toBytes();
    }

    /** Topic's name → its number, where its messages are, what it keeps. */
    public byte[] topic(String name) {
        return writer(TOPIC).raw(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    public byte[] topics() {
        return writer(TOPIC).toBytes();
    }

    /** → the number that the last topic got, how many there are, how far those came that are gone. */
    public byte[] topicSequence() {
        return writer(TOPIC_SEQUENCE).toBytes();
    }

    /** Topic's number → how its messages stand. */
    public byte[] topicState(int topic) {
        return writer(TOPIC_STATE).u32(topic).toBytes();
    }

    public byte[] topicStates() {
        return writer(TOPIC_STATE).toBytes();
    }

    /** Topic's number, message's number → its time and JSON. */
    public byte[] message(int topic, long number) {
        return writer(MESSAGE).u32(topic).u64(number).toBytes();
    }

    public byte[] messages(int topic) {
        return writer(MESSAGE).u32(topic).toBytes();
    }

    /** Before the messages of all topics of the group, and after all other rows. */
    public byte[] messages() {
        return writer(MESSAGE).toBytes();
    }

    /** Topic's number, hash of a key that a message came with → the message's number. */
    public byte[] messageKey(int topic, byte[] hash) {
        return writer(MESSAGE_KEY).u32(topic).raw(hash).toBytes();
    }

    /** Topic's number, which of those that the topic knows → hash of a key. */
    public byte[] messageKeySlot(int topic, int slot) {
        return writer(MESSAGE_KEY_SLOT).u32(topic).u32(slot).toBytes();
    }

    /** What tells a row of {@code Extension} from the others → the row. */
    public byte[] extension(byte[] key) {
        return writer(EXTENSION).raw(key).toBytes();
    }

    public byte[] extensions() {
        return writer(EXTENSION).toBytes();
    }

    /** All rows of one kind lie between this key and its {@link #after}. */
    public byte[] states() {
        return writer(STATE).toBytes();
    }

    public byte[] uploads() {
        return writer(UPLOAD).toBytes();
    }

    public byte[] erasedDatabases() {
        return writer(ERASED).toBytes();
    }

    public byte[] origins() {
        return writer(ORIGIN).toBytes();
    }

    /** What the first database gets that the group names. */
    public int firstDatabase() {
        return group == LOCAL_GROUP ? FIRST_LOCAL_DATABASE : 1;
    }

    /** Whether a database of that number is in {@link #LOCAL_GROUP}. */
    public static boolean isLocal(int database) {
        return database >= FIRST_LOCAL_DATABASE;
    }

    /** Whether the group knows which databases there are. */
    public static boolean names(int group) {
        return group == SYSTEM_GROUP || group == LOCAL_GROUP;
    }

    /** Which group knows the databases that a group holds. */
    public static int naming(int group) {
        return group == LOCAL_GROUP ? LOCAL_GROUP : SYSTEM_GROUP;
    }

    /** Which group knows a database of that number. */
    public static int namingOf(int database) {
        return isLocal(database) ? LOCAL_GROUP : SYSTEM_GROUP;
    }

    /** → the number the next database gets. */
    public byte[] nextDatabase() {
        return writer(NEXT_DATABASE).toBytes();
    }

    /** Database name → its number, its group, and what the system group knows of it beside. */
    public byte[] database(String name) {
        return writer(DATABASE).raw(name.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    /** Number of a database that has no name, since it is being built or was dropped → its group, and which of both. */
    public byte[] nameless(int database) {
        return writer(NAMELESS).u32(database).toBytes();
    }

    /** Fact's key → its value. */
    public static byte[] fact(String key) {
        return SYSTEM.writer(FACT).raw(key.getBytes(StandardCharsets.UTF_8)).toBytes();
    }

    /** Position of a command that dropped a database → the database's name. */
    public byte[] dropped(long position) {
        return writer(DROPPED).u64(position).toBytes();
    }

    /** Position of a command that dropped a database → the database's name, how far it and its predecessors came. */
    public byte[] formerHead(long position) {
        return writer(FORMER_HEAD).u64(position).toBytes();
    }

    /**
     * Database number → of how many bytes of deleted attachment content this node has given the space back. It is of
     * this disk: no command writes it, and it is part of no group.
     */
    public static byte[] reclaimed(int database) {
        return NODE.writer(RECLAIMED).u32(database).toBytes();
    }

    /**
     * Group → the directory, as seen from the store's, of the image that is being put in the group's place on this
     * node: until that is done the group's rows are neither its old ones nor the image's.
     */
    public static byte[] installation(int group) {
        return NODE.writer(INSTALLATION).u16(group).toBytes();
    }

    /** → what this node is called among others, 32 hex digits. It is of this disk, like {@link #reclaimed}. */
    public static byte[] uuid() {
        return NODE.writer(UUID).toBytes();
    }

    /** Is there where the groups have logs of their own, so that one may be behind the other. */
    public static byte[] apart() {
        return NODE.writer(APART).toBytes();
    }

    public static byte[] installations() {
        return NODE.writer(INSTALLATION).toBytes();
    }

    /** Where {@link #reclaimed} was before there were groups. */
    public static byte[] reclaimedBeforeGroups(int database) {
        return SYSTEM.writer(RECLAIMED).u32(database).toBytes();
    }

    public byte[] databases() {
        return writer(DATABASE).toBytes();
    }

    public byte[] namelessDatabases() {
        return writer(NAMELESS).toBytes();
    }

    public static byte[] facts() {
        return SYSTEM.writer(FACT).toBytes();
    }

    public byte[] droppedDatabases() {
        return writer(DROPPED).toBytes();
    }

    public byte[] formerHeads() {
        return writer(FORMER_HEAD).toBytes();
    }

    /** All rows of a group, in any family, lie between this key and the next group's. */
    public static byte[] group(int group) {
        return new RowWriter(2).u16(group).toBytes();
    }

    /** The least key greater than all that begin with {@code prefix}. */
    public static byte[] after(byte[] prefix) {
        return KeySpace.successor(prefix);
    }

    /** Whether commands write that row of a group: of the others each node has its own. */
    public static boolean isOfCommands(byte[] key) {
        return switch (key[PREFIX - 1]) {
            case RECLAIMED, INSTALLATION, UUID, APART -> false;
            default -> true;
        };
    }

    /** The name at a key's end. */
    public static String suffixText(byte[] key) {
        return new String(key, PREFIX, key.length - PREFIX, StandardCharsets.UTF_8);
    }

    private RowWriter writer(int kind) {
        return new RowWriter(32).u16(group).u8(kind);
    }
}
