package archipel.view;

import archipel.changes.Waiter;
import archipel.document.ErrorCode;
import archipel.document.JsonBuffer;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.index.Reducer;
import archipel.view.FunctionGroup.Kind;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * The functions of one design document, in JavaScript. Documents, requests, users and answers are JSON texts. What a
 * function throws, and what becomes of one that does not compile or takes too much, are a {@link RequestException} with
 * CouchDB's error and reason. Safe for use by many threads.
 */
public final class DesignScripts {
    private static final byte[] NULL = {'n', 'u', 'l', 'l'};
    /** So many validation functions of a database have contexts of their own; with more, those that can share them. */
    private static final int UNSHARED_VALIDATIONS = 16;
    /** To hand each of them to another thread would take longer than most take. */
    private static final int VALIDATIONS_AT_A_TIME = 100;

    private final SandboxPool pool;
    private final String database;
    private final byte[] json;
    private final JsonNode members;
    private final String name;
    private final ConcurrentHashMap<Purpose, FunctionGroup> groups = new ConcurrentHashMap<>();

    /** @param database whatever tells its database from others */
    DesignScripts(SandboxPool pool, String database, byte[] json) {
        this.pool = pool;
        this.database = database;
        this.json = json;
        this.members = JsonTree.ofValid(json);
        this.name = members.path("_id").asString("a design document");
    }

    /**
     * For one thread; several work beside each other.
     *
     * @param sources map functions, that of view i at i; they can require modules below {@code views.lib}
     * @throws RequestException {@code compilation_error}; here, or of the first call, where they are no functions
     */
    public Mapper mapper(List<String> sources) {
        return mapper(sources, new Mapper.Failures(Map.of()));
    }

    /**
     * The same, for the views of an index.
     *
     * @param failures maps of views that have failed are not called any more
     */
    Mapper mapper(List<String> sources, Mapper.Failures failures) {
        return DirectMapper.of(
                sources,
                failures,
                ScriptMapper.mostRoom(pool.limits()),
                () -> new ScriptMapper(pool, group(Kind.MAP, "the maps", sources), failures));
    }

    /**
     * Its function gets keys (with ids) and values, or null and earlier results. Where it throws, the result is null.
     *
     * @throws RequestException {@code compilation_error}; here, or of the first call, where it is no function
     */
    public Reducer reducer(String source) {
        return new ScriptReducer(pool, group(Kind.REDUCE, "A reduce function", List.of(source)));
    }

    /**
     * Which of the documents the filter of that name lets through, in their order.
     *
     * @param request what the function gets beside each
     * @param waiter who waits for it; the call is cancelled where that gives up
     * @throws IOException of the waiter
     */
    public boolean[] filter(String filter, List<byte[]> documents, byte[] request, Waiter waiter) throws IOException {
        FunctionGroup group =
                group(Kind.FUNCTION, "The filter '" + filter + "'", List.of(source(filter, "filters", filter)));
        return each("filter", group, documents, new String(request, StandardCharsets.UTF_8), waiter);
    }

    /**
     * For which of the documents the map function of that view emits anything, in their order.
     *
     * @param waiter as that of {@link #filter}
     * @throws IOException of the waiter
     */
    public boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) throws IOException {
        FunctionGroup group =
                group(Kind.MAP_FILTER, "The map of view '" + view + "'", List.of(source("map", "views", view, "map")));
        return each("emits", group, documents, "", waiter);
    }

    /**
     * Asks {@code validate_doc_update}.
     *
     * @param oldDocument what is replaced; null for a document that is new
     * @param user {@code {"db":…,"name":…,"roles":[…]}}
     * @param security the database's {@code _security}
     * @return null where the document is accepted, also for want of a function; else what to answer
     */
    public @Nullable RequestException validate(
            byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
        return validate(List.of(this), newDocument, oldDocument, user, security);
    }

    /**
     * Asks those of several design documents of one database, in their order, until one does not accept the document;
     * as the other {@link #validate}.
     */
    public static @Nullable RequestException validate(
            List<DesignScripts> designs,
            byte[] newDocument,
            byte @Nullable [] oldDocument,
            byte[] user,
            byte[] security) {
        JsonBuffer arguments = new JsonBuffer(newDocument.length + 1024);
        arguments.ascii('[').raw(newDocument).ascii(',');
        arguments.raw(oldDocument == null ? NULL : oldDocument).ascii(',');
        arguments.raw(user).ascii(',').raw(security).ascii(']');
        Validations validations = new Validations(text(arguments), designs.size() > UNSHARED_VALIDATIONS);
        try {
            for (DesignScripts design : designs) {
                RequestException refusal = validations.add(design);
                if (refusal != null) {
                    return refusal;
                }
            }
            return validations.finish();
        } catch (ScriptException e) {
            return FunctionFailure.of(e);
        } catch (RequestException e) {
            return e;
        }
    }

    /**
     * Finds out, without a document, whether {@code validate_doc_update} would be called at all.
     *
     * @throws RequestException 503 {@code function_quarantined} where it is not, for now
     */
    public void requireValidation() {
        JsonNode source = members.get("validate_doc_update");
        if (source != null) {
            try {
                validation(source).quarantine().check();
            } catch (ScriptException e) {
                throw FunctionFailure.of(e);
            }
        }
    }

    private FunctionGroup validation(JsonNode source) {
        return group(Kind.VALIDATION, "The function validate_doc_update", List.of(source.asString("")));
    }

    /**
     * Calls the update function of that name.
     *
     * @param document null where there is none
     * @return {@code [document to be saved or null, response]}, the response an object
     */
    public byte[] update(String update, byte @Nullable [] document, byte[] request) {
        String source = source(update, "updates", update);
        JsonBuffer arguments = new JsonBuffer(request.length + 1024);
        arguments.ascii('[').raw(document == null ? NULL : document).ascii(',');
        arguments.raw(request).ascii(']');
        FunctionGroup group = group(Kind.FUNCTION, "The update function '" + update + "'", List.of(source));
        Sandbox.Answer answer = call("update", group, text(arguments));
        if (answer.thrown()) {
            throw FunctionFailure.ofUpdate(answer);
        }
        return answer.json().getBytes(StandardCharsets.UTF_8);
    }

    private static String text(JsonBuffer arguments) {
        return new String(arguments.array(), 0, arguments.size(), StandardCharsets.UTF_8);
    }

    private Sandbox.Answer call(String what, FunctionGroup group, String arguments) {
        try {
            return pool.forRequest(
                    group,
                    sandbox -> sandbox.call(what, arguments, "", pool.limits().time()));
        } catch (ScriptException e) {
            throw FunctionFailure.of(e);
        }
    }

    private boolean[] each(String what, FunctionGroup group, List<byte[]> documents, String more, Waiter waiter)
            throws IOException {
        boolean[] passed = new boolean[documents.size()];
        int done = 0;
        for (List<byte[]> batch : Batches.of(documents)) {
            Sandbox.Answer answer;
            try {
                answer = pool.forRequest(
                        group,
                        waiter,
                        sandbox -> sandbox.each(what, batch, more, pool.limits().time()));
            } catch (ScriptException e) {
                throw FunctionFailure.of(e);
            }
            if (answer.thrown()) {
                throw FunctionFailure.ofFilter(answer);
            }
            for (int i = 0; i < batch.size(); i++) {
                // After the quote that begins it.
                passed[done++] = answer.json().charAt(1 + i) == '1';
            }
        }
        return passed;
    }

    /** @throws RequestException 404 that names what is missing */
    private String source(String function, String... path) {
        JsonNode node = members;
        for (String step : path) {
            node = node.get(step);
            if (node == null) {
                throw new RequestException(ErrorCode.MISSING_KEY, step.equals("map") ? function : step);
            }
        }
        return node.asString("");
    }

    /** @param label of the functions, for messages; what has the same sources goes by the first */
    private FunctionGroup group(Kind kind, String label, List<String> sources) {
        try {
            return groups.computeIfAbsent(
                    new Purpose(kind, List.copyOf(sources)),
                    purpose -> new FunctionGroup(
                            new FunctionGroup.Owner(database, name, label), purpose.sources, tree(kind), kind));
        } catch (ScriptException e) {
            throw FunctionFailure.of(e);
        }
    }

    private @Nullable String tree(Kind kind) {
        return switch (kind) {
            case MAP -> {
                JsonNode library = members.path("views").path("lib");
                yield library.isObject() ? "{\"views\":{\"lib\":" + library + "}}" : null;
            }
            case REDUCE -> null;
            case MAP_FILTER, VALIDATION, FUNCTION -> new String(json, StandardCharsets.UTF_8);
        };
    }

    /** The validation functions that are asked about one document. */
    private static final class Validations {
        private final String arguments;
        private final boolean sharing;
        // Not asked yet; all of one pool, and able to share a context.
        private final List<FunctionGroup> pending = new ArrayList<>();
        private @Nullable SandboxPool pool;

        Validations(String arguments, boolean sharing) {
            this.arguments = arguments;
            this.sharing = sharing;
        }

        @Nullable
        RequestException add(DesignScripts design) {
            JsonNode source = design.members.get("validate_doc_update");
            if (source == null) {
                return null;
            }
            pool = design.pool;
            FunctionGroup group = design.validation(source);
            boolean shares = sharing && group.isShareable();
            if (shares && pending.size() < VALIDATIONS_AT_A_TIME) {
                pending.add(group);
                return null;
            }
            RequestException refusal = finish();
            if (refusal != null) {
                return refusal;
            }
            if (shares) {
                pending.add(group);
                return null;
            }
            Duration time = pool.limits().time();
            return refusal(pool.forRequest(group, sandbox -> sandbox.validate(group, arguments, time)));
        }

        @Nullable
        RequestException finish() {
            if (pool == null || pending.isEmpty()) {
                return null;
            }
            Duration time = pool.limits().time();
            Sandbox.Answer thrown = pool.forRequests(pending, (sandbox, group) -> {
                Sandbox.Answer answer = sandbox.validate(group, arguments, time);
                return answer.thrown() ? answer : null;
            });
            pending.clear();
            return refusal(thrown);
        }

        private static @Nullable RequestException refusal(Sandbox.@Nullable Answer answer) {
            return answer != null && answer.thrown() ? FunctionFailure.ofValidation(answer) : null;
        }
    }

    private record Purpose(Kind kind, List<String> sources) {}
}
