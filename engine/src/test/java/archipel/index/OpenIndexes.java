package archipel.index;

import archipel.health.Health;
import archipel.storage.FaultyStore;
import archipel.storage.KeySpace;
import archipel.storage.Store;
import java.nio.file.Path;
import java.util.Objects;

/** The two stores of a node, with a database that has every block that an index knows. */
final class OpenIndexes implements AutoCloseable {
    static final Anchor ANCHOR = new Anchor(1, new byte[32]);

    private final Store main;
    private final IndexStore store;
    private final Health health = new Health();

    OpenIndexes(Path directory) {
        this(directory, "node");
    }

    OpenIndexes(Path directory, String owner) {
        main = FaultyStore.open(directory.resolve("store"), 8 << 20, 8 << 20);
        store = new IndexStore(directory.resolve("index"), main, () -> owner, health, Runnable::run);
    }

    Indexes of(KeySpace keys) {
        return of(keys, anchor -> true);
    }

    Indexes of(KeySpace keys, Anchor.Chain chain) {
        return new Indexes(store, keys, chain);
    }

    IndexStore indexes() {
        return store;
    }

    /** As it is open. */
    FaultyStore store() {
        return (FaultyStore) Objects.requireNonNull(store.opened());
    }

    Store main() {
        return main;
    }

    Health health() {
        return health;
    }

    @Override
    public void close() {
        store.close();
        main.close();
    }
}
