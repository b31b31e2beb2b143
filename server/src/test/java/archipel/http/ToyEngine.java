package archipel.http;

import archipel.changes.Waiter;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.functions.DesignFunctions;
import archipel.functions.FunctionEngine;
import archipel.view.DesignDocument;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.NullNode;

/** An engine whose functions are Java, by their names, whatever design document they stand in. */
public final class ToyEngine implements FunctionEngine, DesignFunctions {
    private final Map<String, BiPredicate<JsonNode, JsonNode>> filters = new HashMap<>();
    private final Map<String, BiFunction<JsonNode, JsonNode, String>> updates = new HashMap<>();
    private Consumer<JsonNode> validation = document -> {};
    private final List<Integer> batches = new ArrayList<>();

    /** @param filter asked about document and request; of a view, about document and null */
    public ToyEngine filter(String name, BiPredicate<JsonNode, JsonNode> filter) {
        filters.put(name, filter);
        return this;
    }

    /** @param update makes JSON of document (or null) and request; single quotes will do */
    public ToyEngine update(String name, BiFunction<JsonNode, JsonNode, String> update) {
        updates.put(name, update);
        return this;
    }

    /** @param seen given each document that is validated, which passes */
    public ToyEngine validation(Consumer<JsonNode> seen) {
        validation = seen;
        return this;
    }

    /** How many documents it was asked about at a time. */
    public List<Integer> batches() {
        return batches;
    }

    @Override
    public void check(String database, String kind, String name, String source) {}

    @Override
    public DesignFunctions design(DesignDocument design) {
        return this;
    }

    @Override
    public boolean[] filter(String name, List<byte[]> documents, byte[] request, Waiter waiter) {
        batches.add(documents.size());
        JsonNode seen = JsonTree.ofValid(request);
        boolean[] passed = new boolean[documents.size()];
        for (int i = 0; i < passed.length; i++) {
            passed[i] = filters.get(name).test(JsonTree.ofValid(documents.get(i)), seen);
        }
        return passed;
    }

    @Override
    public boolean[] viewFilter(String view, List<byte[]> documents, Waiter waiter) {
        return filter(view, documents, "null".getBytes(StandardCharsets.UTF_8), waiter);
    }

    @Override
    public @Nullable RequestException validate(
            byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
        validation.accept(JsonTree.ofValid(newDocument));
        return null;
    }

    @Override
    public void requireValidation() {}

    @Override
    public byte[] update(String name, byte @Nullable [] document, byte[] request) {
        JsonNode old = document == null ? NullNode.instance : JsonTree.ofValid(document);
        return updates.get(name)
                .apply(old, JsonTree.ofValid(request))
                .replace('\'', '"')
                .getBytes(StandardCharsets.UTF_8);
    }
}
