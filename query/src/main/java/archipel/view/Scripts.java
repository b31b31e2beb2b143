package archipel.view;

import archipel.direct.DirectMap;
import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.memory.BoundedCache;
import java.util.Arrays;
import java.util.List;

/**
 * The JavaScript of a node's design documents; one per node. The engine is loaded when the first function is called or
 * checked. Safe for use by many threads.
 */
public final class Scripts implements AutoCloseable {
    private static final int DESIGNS = 256;
    private static final int DESIGN_BYTES = 32 << 20;

    private final SandboxPool pool;

    /** A small one weighs as much as there is room for each of so many; a large one is kept as long as it can be. */
    private final BoundedCache<Content, DesignScripts> designs = BoundedCache.ofWeight(
            DESIGN_BYTES, (content, _) -> Math.clamp(content.json.length, DESIGN_BYTES / DESIGNS, DESIGN_BYTES));

    public Scripts(ScriptLimits limits) {
        this.pool = new SandboxPool(limits);
    }

    /**
     * Whether a view's function compiles, which it has to when its design document is saved.
     *
     * @param database whatever tells its database from others
     * @param what {@code map} or {@code reduce}
     * @param name the view's
     * @throws RequestException 400 {@code compilation_error} where it is no function
     */
    public void check(String database, String what, String name, String source) {
        if (DirectMap.of(source) != null) {
            // What needs no engine is a function for one, too.
            return;
        }
        try {
            FunctionGroup.Owner owner = new FunctionGroup.Owner(database, name, what);
            pool.compile(new FunctionGroup(owner, List.of(source), null, FunctionGroup.Kind.MAP));
        } catch (ScriptException e) {
            if (e.kind() == ScriptException.Kind.CLOSED || e.kind() == ScriptException.Kind.EXHAUSTED) {
                throw FunctionFailure.of(e);
            }
            throw new RequestException(ErrorCode.VIEW_COMPILATION, what, name, e.getMessage());
        }
    }

    /**
     * The functions of a design document. Cheap to ask for again, since they are kept by its content.
     *
     * @param database whatever tells its database from others: functions of two databases share nothing, and can carry
     *     nothing from one to the other
     * @param designDocument JSON; what {@code this} is in its functions
     */
    public DesignScripts design(String database, byte[] designDocument) {
        Content content = new Content(database, designDocument);
        DesignScripts known = designs.get(content);
        return known == null ? designs.putIfAbsent(content, new DesignScripts(pool, database, designDocument)) : known;
    }

    SandboxPool pool() {
        return pool;
    }

    @Override
    public void close() {
        pool.close();
    }

    private record Content(String database, byte[] json) {
        @Override
        public boolean equals(Object other) {
            return other instanceof Content content
                    && database.equals(content.database)
                    && Arrays.equals(json, content.json);
        }

        @Override
        public int hashCode() {
            return 31 * database.hashCode() + Arrays.hashCode(json);
        }
    }
}
