package archipel.functions;

import archipel.document.JsonTree;
import archipel.engine.Database;
import archipel.engine.Snapshot;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The functions of a node's design documents; one per node. The engine is made when it is first needed. Safe for use by
 * many threads.
 */
public final class Functions {
    /** With more databases than that, what is known of them is forgotten, and found out again. */
    private static final int REMEMBERED = 10_000;

    private final Supplier<FunctionEngine> maker;
    private final ConcurrentHashMap<String, WriteRules> rules = new ConcurrentHashMap<>();
    private volatile @Nullable FunctionEngine engine;

    /** @param maker makes the engine; called at most once */
    public Functions(Supplier<FunctionEngine> maker) {
        this.maker = maker;
    }

    /** What runs JavaScript. */
    public FunctionEngine engine() {
        FunctionEngine made = engine;
        if (made == null) {
            synchronized (this) {
                if (engine == null) {
                    engine = maker.get();
                }
                made = Objects.requireNonNull(engine);
            }
        }
        return made;
    }

    /**
     * Checks a design document about to be stored.
     *
     * @param json without underscore members, known to be JSON
     * @throws archipel.document.RequestException 400 {@code invalid_design_doc} or {@code compilation_error}, and those
     *     of selectors
     */
    public void check(byte[] json) {
        new DesignCheck(JsonTree.ofValid(json), this::engine).run();
    }

    /** The rules that are in force, where that costs nothing to say; null where they have to be read. */
    public @Nullable WriteRules known(Database database) {
        WriteRules known = rules.get(database.state().uuid());
        return known != null && known.position() == database.rules() ? known : null;
    }

    /** The rules as of a snapshot. */
    public WriteRules rules(Snapshot snapshot) {
        String database = snapshot.state().uuid();
        WriteRules known = rules.get(database);
        if (known == null || known.position() != snapshot.rules()) {
            known = WriteRules.read(snapshot, this::engine);
            if (rules.size() >= REMEMBERED) {
                rules.clear();
            }
            rules.put(database, known);
        }
        return known;
    }
}
