package archipel.engine;

import archipel.command.Command;
import archipel.command.Outcome;
import archipel.history.LocalRow;
import archipel.log.LogPosition;
import archipel.log.StateMachine;
import archipel.storage.Batch;
import archipel.storage.CatalogKeys;
import archipel.storage.Cursor;
import archipel.storage.Family;
import archipel.storage.FormatVersion;
import archipel.storage.KeySpace;
import archipel.storage.RowWriter;
import archipel.storage.Store;
import archipel.storage.StoreSnapshot;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A data group of one member, of which all members have the rows in one store, each under a number of its own: opening
 * a store takes longer than a whole run. It can go back to what a crash would leave, and images of it are in memory.
 */
public final class SimulatedGroup implements StateMachine {
    /** Those that the simulation's commands write to. */
    private static final List<Family> WRITTEN = List.of(Family.CATALOG, Family.BLOCK, Family.BLOCK_HASH, Family.LOCAL);

    private final Store store;
    private final int number;
    private final Function<Path, Rows> images;
    private final Observer observer;
    private final Codec codec = new CurrentCodec();
    private GroupMachine machine;
    private Rows checkpoint;
    private LogPosition visible = LogPosition.START;

    /**
     * @param number of this member's rows, of which the store has none yet
     * @param images those that there are
     * @param observer told of each command that is applied
     */
    public SimulatedGroup(Store store, int number, Function<Path, Rows> images, Observer observer) {
        this.store = store;
        this.number = number;
        this.images = images;
        this.observer = observer;
        this.machine = open();
        this.checkpoint = rows();
    }

    /** Sees what is applied, also where it is applied again after a crash. */
    public interface Observer {
        /** Before the command: what is thrown is a fault of the member. */
        default void before(LogPosition position) {}

        void applied(LogPosition position, Command<?> command, Outcome<?> outcome);

        /** Somebody looks at the group's format, and other threads may go on meanwhile. */
        default void looked() {}
    }

    /** A group's rows, without the number of whose they are. */
    public record Rows(LogPosition position, Map<Family, List<Row>> families) {}

    /** One row. */
    public record Row(byte[] key, byte[] value) {
        boolean isAs(Row other) {
            return Arrays.equals(key, other.key) && Arrays.equals(value, other.value);
        }
    }

    private GroupMachine open() {
        return new GroupMachine(
                store, number, Set.of(number), FormatVersion.NEWEST, version -> {}, new GroupMachine.Audience() {
                    @Override
                    public void publish(SystemCatalog.Changes round) {}

                    @Override
                    public void publish(Catalog.Changes round) {}

                    @Override
                    public void freeze(int group) {}

                    @Override
                    public void replace(Catalog catalog, @Nullable SystemCatalog named) {}
                });
    }

    /** Up to where readers see it. */
    public LogPosition visible() {
        return visible;
    }

    /** All rows as they are. */
    public Rows rows() {
        Map<Family, List<Row>> families = new EnumMap<>(Family.class);
        StoreSnapshot now = store.snapshot();
        try {
            for (Family family : WRITTEN) {
                List<Row> rows = new ArrayList<>();
                try (Cursor cursor = now.cursor(family, prefix(number), prefix(number + 1))) {
                    for (boolean more = cursor.first(); more; more = cursor.next()) {
                        byte[] key = cursor.key();
                        rows.add(new Row(Arrays.copyOfRange(key, Short.BYTES, key.length), cursor.value()));
                    }
                }
                families.put(family, rows);
            }
        } finally {
            now.release();
        }
        return new Rows(stored(), families);
    }

    private static byte[] prefix(int group) {
        return new byte[] {(byte) (group >> 8), (byte) group};
    }

    /** The first difference between two members' rows; null where there is none. */
    public static @Nullable String difference(Rows one, Rows other) {
        for (Family family : WRITTEN) {
            List<Row> left = one.families().get(family);
            List<Row> right = other.families().get(family);
            for (int i = 0; i < Math.max(left.size(), right.size()); i++) {
                if (i >= left.size() || i >= right.size() || !left.get(i).isAs(right.get(i))) {
                    return family + ", row " + i + " of " + left.size() + " and " + right.size();
                }
            }
        }
        return null;
    }

    /** What is applied now survives a crash. */
    public void checkpoint() {
        checkpoint = rows();
    }

    /** Goes back to what a crash leaves, and starts again. */
    public void crash() {
        put(checkpoint);
    }

    private void put(Rows rows) {
        // One by one: many ranges make reading slow.
        Rows former = rows();
        try (Batch batch = store.batch()) {
            rows.families().forEach((family, all) -> {
                former.families().get(family).forEach(row -> batch.delete(family, own(row.key())));
                for (Row row : all) {
                    batch.put(family, own(row.key()), row.value());
                }
            });
            store.commit(batch);
        }
        machine = open();
        visible = machine.stored();
    }

    private byte[] own(byte[] key) {
        return new RowWriter(Short.BYTES + key.length)
                .raw(prefix(number))
                .raw(key)
                .toBytes();
    }

    /** Whether there are parts of commands that a run of an origin has sent. */
    public boolean hasParts(long origin, long run) {
        CatalogKeys keys = new CatalogKeys(number);
        try (Cursor parts = store.cursor(Family.CATALOG, keys.parts(origin, run), keys.parts(origin, run + 1))) {
            return parts.first();
        }
    }

    /** A local document as readers see it; null where there is none. */
    public @Nullable Local local(int database, String id) {
        byte[] key = new KeySpace(number, database).local(id);
        byte[] row = store.get(Family.LOCAL, key);
        if (row == null) {
            return null;
        }
        LocalRow decoded = LocalRow.decode(row);
        return new Local(decoded.revision(), decoded.json());
    }

    /** @param revision how often it was written */
    public record Local(long revision, byte[] json) {}

    @Override
    public LogPosition stored() {
        return machine.stored();
    }

    @Override
    public LogPosition persisted() {
        return checkpoint.position();
    }

    @Override
    public Round begin(Batch batch) {
        return new ObservedRound(machine.begin(batch));
    }

    @Override
    public Codec codec() {
        return codec;
    }

    @Override
    public void persist() {
        checkpoint();
    }

    @Override
    public Saved save() {
        throw new UnsupportedOperationException("images are taken by the simulation");
    }

    @Override
    public @Nullable Publication load(Path directory) {
        Rows image = images.apply(directory);
        if (image.position().index() <= stored().index()) {
            return null;
        }
        put(image);
        checkpoint = image;
        return () -> visible = stored();
    }

    private final class ObservedRound implements Round {
        private final Round round;

        ObservedRound(Round round) {
            this.round = round;
        }

        @Override
        public <A extends @Nullable Object> Outcome<A> apply(LogPosition position, Command<A> command, boolean last) {
            observer.before(position);
            Outcome<A> outcome = round.apply(position, command, last);
            observer.applied(position, command, outcome);
            return outcome;
        }

        @Override
        public void write() {
            round.write();
        }

        @Override
        public Publication commit() {
            Publication publication = round.commit();
            LogPosition reached = stored();
            return () -> {
                publication.publish();
                visible = reached;
            };
        }

        @Override
        public void rollback() {
            round.rollback();
        }
    }

    /** Of the machine as it is at the moment. */
    private final class CurrentCodec implements Codec {
        @Override
        public FormatVersion format() {
            observer.looked();
            return machine.codec().format();
        }

        @Override
        public byte[] encode(Command<?> command) {
            return machine.codec().encode(command);
        }

        @Override
        public Command<?> decode(byte[] command) {
            return machine.codec().decode(command);
        }

        @Override
        public byte[] encode(Outcome<?> outcome) {
            return machine.codec().encode(outcome);
        }

        @Override
        public Outcome<?> decodeOutcome(byte[] outcome) {
            return machine.codec().decodeOutcome(outcome);
        }
    }
}
