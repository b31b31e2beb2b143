package archipel.engine;

import archipel.command.Command;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.image.Image;
import archipel.image.ImageExport;
import archipel.image.Installation;
import archipel.log.CommandLog;
import archipel.log.LogPosition;
import archipel.storage.CatalogKeys;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.StoreSnapshot;
import archipel.topic.PublishedMessages;
import archipel.topic.PublishedTopics;
import archipel.topic.Topics;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A group as this node has it: the log that orders its commands, the state machine that they change, its databases, and
 * the epoch, which is what readers that come now see of it.
 *
 * <p>Changed on one thread at a time, read by any. What rounds did is published first and the epoch after, so that a
 * reader that takes the epoch first and a database's state after has the state as of that epoch where it is not newer;
 * see {@link archipel.read.ReadSource#newest}. Groups share the store's snapshots, but each has an epoch of its own:
 * the rows of a group that is being replaced are no state of it, and its readers keep the snapshot from before.
 */
final class Group {
    private final int id;
    private final GroupMachine machine;
    private final Supplier<CommandLog> log;
    private final ConcurrentHashMap<Integer, Database> databases = new ConcurrentHashMap<>();
    private volatile Epoch epoch;
    private volatile FormatVersion format;
    // For the publishing thread.
    private long published;
    private volatile boolean frozen;
    private volatile boolean closed;

    /**
     * @param log which need not be there yet
     * @param snapshot of the store as the state machine has read it; retained for this
     */
    Group(GroupMachine machine, Supplier<CommandLog> log, StoreSnapshot snapshot) {
        this.id = machine.group();
        this.machine = machine;
        this.log = log;
        this.published = machine.stored().index();
        this.format = machine.catalog().format();
        this.epoch = new Epoch(published, retained(snapshot));
    }

    private static StoreSnapshot retained(StoreSnapshot snapshot) {
        if (!snapshot.retain()) {
            throw new IllegalStateException("a snapshot was released before readers could have it");
        }
        return snapshot;
    }

    int id() {
        return id;
    }

    GroupMachine machine() {
        return machine;
    }

    <A extends @Nullable Object> CompletableFuture<A> append(Command<A> command) {
        return log.get().append(id, command).thenApply(CommandLog.Applied::answer);
    }

    /** @throws RequestException where the log does not let readers see what this node has of the group */
    void requireServed() {
        RequestException refusal = log.get().refusal(id);
        if (refusal != null) {
            throw refusal;
        }
    }

    /** In which its commands are written from now on. */
    FormatVersion format() {
        return format;
    }

    /** Of the newest command that readers see. */
    long index() {
        return epoch.index();
    }

    /** Null when there is none of that number, whether or not it has a name. */
    @Nullable
    Database find(int number) {
        return databases.get(number);
    }

    /** Also those that have no name. */
    Collection<Database> databases() {
        return databases.values();
    }

    /** Of its databases, also of those that have no name, in ascending order. */
    SortedSet<Integer> numbers() {
        return new TreeSet<>(databases.keySet());
    }

    KeySpace keys(int database) {
        return new KeySpace(id, database);
    }

    /**
     * The current epoch, retained: its store is to be released.
     *
     * @throws RequestException 503 once the group is closed
     */
    Epoch retainEpoch() {
        while (true) {
            Epoch current = epoch;
            if (current.store().retain()) {
                return current;
            }
            if (closed) {
                throw new RequestException(ErrorCode.STOPPING);
            }
            // A newer one has been published since it was read.
            Thread.onSpinWait();
        }
    }

    /**
     * Writes the group's image to a directory, while everything goes on.
     *
     * @param sink given each piece as it is whole
     * @param pace limits how fast
     */
    Image export(Path directory, ImageExport.Sink sink, ImageExport.Pace pace) {
        Epoch now = retainEpoch();
        try {
            return Image.complete(directory, machine.export(now.store(), directory, sink, pace));
        } finally {
            now.store().release();
        }
    }

    /**
     * Puts an image in the group's place, and deletes it; the latter alone where the group has come as far by itself.
     * Readers finish on what they see; those who wait for something that the image has are woken.
     *
     * @param directory of an image, on the disk of the data
     * @param steps told of each step
     * @throws RequestException where it is damaged or of another group; nothing has changed then
     */
    void install(Path directory, Installation.Steps steps) {
        Image image = Image.open(directory);
        image.verify();
        CommandLog.await(log.get().replace(id, () -> machine.install(image, steps)));
        image.delete();
    }

    // The rest is for the thread that publishes.

    void add(Database database) {
        databases.put(database.number(), database);
    }

    @Nullable
    Database remove(int number) {
        return databases.remove(number);
    }

    void publish(LogPosition position, FormatVersion newer) {
        published = position.index();
        format = newer;
    }

    /** Lets readers see what was published; they keep what they see where the group is frozen. */
    void advance(StoreSnapshot snapshot) {
        if (frozen) {
            return;
        }
        Epoch old = epoch;
        epoch = new Epoch(published, retained(snapshot));
        old.store().release();
    }

    /** From here on the store's rows are no state of the group, until it is thawed. */
    void freeze() {
        frozen = true;
    }

    void thaw() {
        frozen = false;
    }

    /** Lets go of the store; readers that come later are refused. */
    void close() {
        closed = true;
        epoch.store().release();
    }

    /** Groups of a node as its topics need them. */
    record OfTopics(Map<Integer, Group> groups, int dataGroups) implements Topics.Groups {
        private Group group(int id) {
            Group group = groups.get(id);
            if (group == null) {
                throw new IllegalArgumentException("topics are in group " + id + ", which is none");
            }
            return group;
        }

        @Override
        public PublishedTopics topics() {
            return group(CatalogKeys.SYSTEM_GROUP).machine.publishedTopics();
        }

        @Override
        public PublishedMessages messages(int id) {
            return group(id).machine.publishedMessages();
        }

        @Override
        public FormatVersion format(int id) {
            return group(id).format;
        }

        @Override
        public StoreSnapshot snapshot(int id) {
            group(id).requireServed();
            return group(id).retainEpoch().store();
        }
    }

    /**
     * What readers that come now see: the store as of a command of the group, shared by all its readers.
     *
     * @param index of the newest command in it
     */
    record Epoch(long index, StoreSnapshot store) {}
}
