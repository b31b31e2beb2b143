package archipel.functions;

import archipel.document.JsonTree;
import archipel.engine.Database;
import archipel.memory.BoundedCache;
import archipel.read.Reader;
import org.jspecify.annotations.Nullable;

/** The functions of a node's design documents; one per node. Safe for use by many threads. */
public final class Functions {
    private static final int KEPT = 10_000;

    private final FunctionEngine engine;
    // By the database's uuid.
    private final BoundedCache<String, WriteRules> rules = BoundedCache.ofEntries(KEPT);

    public Functions(FunctionEngine engine) {
        this.engine = engine;
    }

    /** What runs JavaScript. */
    public FunctionEngine engine() {
        return engine;
    }

    /**
     * Checks a design document about to be stored.
     *
     * @param database whatever tells its database from others
     * @param json without underscore members, known to be JSON
     * @throws archipel.document.RequestException 400 {@code invalid_design_doc} or {@code compilation_error}, and those
     *     of selectors
     */
    public void check(String database, byte[] json) {
        new DesignCheck(JsonTree.ofValid(json), database, engine).run();
    }

    /** The rules that are in force, where that costs nothing to say; null where they have to be read. */
    public @Nullable WriteRules known(Database database) {
        WriteRules known = rules.get(database.state().uuid());
        return known != null && known.position() == database.rules() ? known : null;
    }

    /**
     * Looks whether a document could be accepted at all, before its content is taken in. Finds only what is known
     * already.
     *
     * @throws archipel.document.RequestException where each document would be refused, whatever is in it
     */
    public void requireUsableRules(Database database) {
        WriteRules known = known(database);
        if (known != null) {
            known.rules().forEach(WriteRule::requireUsable);
        }
    }

    /** The rules as of a reader. */
    public WriteRules rules(Reader reader) {
        String database = reader.uuid();
        WriteRules known = rules.get(database);
        if (known == null || known.position() != reader.rules()) {
            known = WriteRules.read(reader, engine, known);
            rules.put(database, known);
        }
        return known;
    }
}
