package archipel.view;

import archipel.changes.Deadline;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import org.graalvm.polyglot.Source;
import org.jspecify.annotations.Nullable;

/**
 * Functions that run in one context, one beside the other: all maps of a design document, or one of its other
 * functions. Two groups are never equal, so that a context made for one is never used for another; but for validation
 * functions that stand alone, where a database has many, which are all called for each document: they share contexts in
 * which none of them can change what another one sees.
 */
final class FunctionGroup {
    private final String database;
    private final String name;
    private final Kind kind;
    private final Quarantine quarantine;
    private final List<FunctionSource> functions;
    private final List<Source> sources;
    private final @Nullable String tree;
    private final boolean freezing;
    private final boolean shareable;
    private final @Nullable Set<String> members;
    private final AtomicBoolean throwing = new AtomicBoolean();

    /**
     * @param owner whose they are
     * @param texts the sources
     * @param tree JSON of what {@code require} sees, and what {@code this} is; null for functions that have neither
     * @throws ScriptException COMPILATION
     */
    FunctionGroup(Owner owner, List<String> texts, @Nullable String tree, Kind kind) {
        this.database = owner.database;
        this.name = owner.design;
        this.kind = kind;
        this.quarantine = new Quarantine(owner.function + " of " + owner.design);
        this.tree = tree;
        this.functions = texts.stream().map(FunctionSource::new).toList();
        this.freezing = kind == Kind.MAP && functions.stream().anyMatch(FunctionSource::mayMutate);
        this.shareable = kind == Kind.VALIDATION && functions.stream().allMatch(FunctionSource::standsAlone);
        this.members = members();
        List<Source> named = new ArrayList<>();
        for (FunctionSource function : functions) {
            named.add(ScriptEngine.source(function.script(), name + "#" + named.size()));
        }
        this.sources = List.copyOf(named);
    }

    private @Nullable Set<String> members() {
        Set<String> all = new LinkedHashSet<>();
        for (FunctionSource function : functions) {
            Set<String> seen = function.members();
            if (seen == null || function.requires() && extendsObjects()) {
                return null;
            }
            all.addAll(seen);
        }
        return all;
    }

    // A module that extends Object.prototype can see whole documents through that.
    private boolean extendsObjects() {
        return tree != null && (tree.contains("Object.prototype") || tree.contains("__define"));
    }

    /** The design document's id, for messages. */
    String name() {
        return name;
    }

    /** Told that a function has thrown: whether it is the first time, which the log is to tell of. */
    boolean beginsToThrow() {
        return throwing.compareAndSet(false, true);
    }

    /** Whatever tells its database from others. */
    String database() {
        return database;
    }

    /** Whether it is not called for a while after it ran into its limits a few times. */
    boolean isQuarantined() {
        return kind != Kind.MAP;
    }

    /** Whether they see nothing that differs from one node or one time to another. */
    boolean isPure() {
        return switch (kind) {
            case MAP, MAP_FILTER, REDUCE -> true;
            case VALIDATION, FUNCTION -> false;
        };
    }

    /**
     * Whether it can share contexts with other groups of its database. Then it has one function, which sees no design
     * document.
     */
    boolean isShareable() {
        return shareable;
    }

    Quarantine quarantine() {
        return quarantine;
    }

    int size() {
        return functions.size();
    }

    /** As it stands in the design document. */
    String text(int function) {
        return functions.get(function).text();
    }

    Source source(int function) {
        return sources.get(function);
    }

    @Nullable
    String tree() {
        return tree;
    }

    /** Whether documents have to be frozen, since a function could change them. */
    boolean isFreezing() {
        return freezing;
    }

    /** What documents are cut down to before the functions get them. */
    MemberProjection projection() {
        return new MemberProjection(members);
    }

    /** What functions are for. */
    enum Kind {
        /**
         * The maps of an index. Documents must stay as they are, since the next function gets the same, and how often
         * they run into their limits is counted by whoever builds the index. They know modules below {@code views.lib}
         * alone.
         */
        MAP,
        /** A map that filters changes; knows its whole design document. */
        MAP_FILTER,
        /** A reduce, which knows no modules. */
        REDUCE,
        /** What decides whether a document may be stored; knows its whole design document. */
        VALIDATION,
        /** Any other, which is called for one request and of whose result nothing is made anew; knows the same. */
        FUNCTION
    }

    /**
     * Whose functions they are.
     *
     * @param database whatever tells it from others
     * @param design the design document's id
     * @param function as messages name it
     */
    record Owner(String database, String design, String function) {}

    /**
     * Remembers of one function how often it ran into its limits. After a few times it is not called for a while, and
     * for twice as long after each further time: whoever asks for it gets an error at once, where each call would take
     * the processor for seconds. Times that lie far apart do not add up. Safe for use by many threads.
     */
    static final class Quarantine {
        private static final System.Logger LOG = System.getLogger(Quarantine.class.getName());
        private static final Duration LONGEST = Duration.ofHours(1);
        /** So many times as long as it was out of use a function must behave before what it did is forgotten. */
        private static final int PROBATION = 10;

        private final String function;
        private int strikes;
        private @Nullable Duration last;
        private @Nullable Deadline until;
        private @Nullable Deadline forgotten;

        /** @param function as messages name it */
        Quarantine(String function) {
            this.function = function;
        }

        /** @throws ScriptException QUARANTINED */
        synchronized void check() {
            if (until == null) {
                return;
            }
            long left = until.remainingNanos();
            if (left > 0) {
                throw new ScriptException(
                        ScriptException.Kind.QUARANTINED,
                        function + " ran into its limits again and again. It is called again in "
                                + (Duration.ofNanos(left).toSeconds() + 1)
                                + " s, or when its design document changes.");
            }
        }

        /** A call was ended. */
        synchronized void strike(ScriptException failure, ScriptLimits limits) {
            if (until != null && !until.hasPassed()) {
                // It was called before that.
                return;
            }
            if (forgotten != null && forgotten.hasPassed()) {
                strikes = 0;
                last = null;
            }
            strikes++;
            Duration length = last == null ? limits.quarantine() : last.multipliedBy(2);
            length = length.compareTo(LONGEST) > 0 ? LONGEST : length;
            forgotten = Deadline.after(length.multipliedBy(PROBATION));
            if (strikes < limits.strikes()) {
                return;
            }
            // Of the next one a single time is enough.
            strikes = limits.strikes() - 1;
            last = length;
            until = Deadline.after(length);
            LOG.log(
                    System.Logger.Level.WARNING,
                    "{0} is not called for {1} s: it ran into its limits {2} times, the last with: {3}",
                    function,
                    Long.toString(length.toSeconds()),
                    Integer.toString(limits.strikes()),
                    failure.getMessage());
        }
    }
}
