package archipel.view;

import archipel.document.DocumentBody;
import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.DocumentRecord;
import archipel.engine.Snapshot;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The views that a database's design documents define, at whatever block. Safe for use by many threads. */
public final class ViewDefinitions {
    private static final int KEPT = 500;
    private static final String DESIGN = "_design/";

    private final Supplier<Scripts> scripts;
    private final OtherLanguage otherLanguage;
    private final Map<Key, IndexDefinition> known = Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Key, IndexDefinition> eldest) {
            return size() > KEPT;
        }
    });

    private record Key(String database, String id, Revision revision) {}

    /** Makes a definition of a design document whose language is not JavaScript; null for a language not known. */
    @FunctionalInterface
    public interface OtherLanguage {
        @Nullable
        IndexDefinition of(String language, String id, JsonNode design);
    }

    /** @param scripts asked for when the first view of JavaScript is */
    public ViewDefinitions(Supplier<Scripts> scripts, OtherLanguage otherLanguage) {
        this.scripts = scripts;
        this.otherLanguage = otherLanguage;
    }

    /**
     * @param name without {@code _design/}
     * @throws RequestException 404 when there is no such design document, or it has no views; 500 {@code
     *     unknown_query_language}
     */
    public IndexDefinition of(Snapshot snapshot, String name) {
        String id = DESIGN + name;
        DocumentRecord record = snapshot.document(id);
        if (record == null) {
            throw new RequestException(ErrorCode.MISSING);
        }
        if (record.winner().deleted()) {
            throw new RequestException(ErrorCode.DELETED);
        }
        Revision revision = record.winner().revision();
        Key key = new Key(snapshot.state().uuid(), id, revision);
        IndexDefinition definition = known.get(key);
        if (definition == null) {
            DocumentBody body = snapshot.body(record, revision);
            if (body == null) {
                throw new RequestException(ErrorCode.MISSING);
            }
            definition = parse(id, MappedVersion.json(id, List.of(record.winner()), body, 0));
            known.put(key, definition);
        }
        return definition;
    }

    private IndexDefinition parse(String id, byte[] json) {
        JsonNode design = JsonTree.ofValid(json);
        String language = design.path("language").asString("javascript");
        if (language.equals("javascript")) {
            return ViewDefinition.of(scripts.get(), id, json, design);
        }
        IndexDefinition other = otherLanguage.of(language, id, design);
        if (other == null) {
            throw new RequestException(ErrorCode.UNKNOWN_QUERY_LANGUAGE, language);
        }
        return other;
    }

    /** The signatures of all indexes that the design documents define. */
    public Set<String> signatures(Snapshot snapshot) {
        Set<String> signatures = new HashSet<>();
        try (Snapshot.DocumentCursor documents = snapshot.documents(DESIGN, false, false)) {
            while (documents.next() && documents.id().startsWith(DESIGN)) {
                if (documents.winner().deleted()) {
                    continue;
                }
                try {
                    signatures.add(of(snapshot, documents.id().substring(DESIGN.length()))
                            .signature());
                } catch (RequestException e) {
                    // It defines no index; nothing of it is kept.
                    continue;
                }
            }
        }
        return signatures;
    }
}
