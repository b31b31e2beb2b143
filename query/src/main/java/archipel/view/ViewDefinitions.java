package archipel.view;

import archipel.document.ErrorCode;
import archipel.document.RequestException;
import archipel.document.Revision;
import archipel.engine.Database;
import archipel.memory.BoundedCache;
import archipel.read.DocumentCursor;
import archipel.read.DocumentRecord;
import archipel.read.Reader;
import archipel.read.Visibility;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** The views that a database's design documents define, at whatever block. Safe for use by many threads. */
public final class ViewDefinitions {
    private static final int KEPT = 500;

    private final Supplier<Scripts> scripts;
    private final OtherLanguage otherLanguage;
    private final BoundedCache<Key, IndexDefinition> known = BoundedCache.ofEntries(KEPT);

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
    public IndexDefinition of(Reader reader, String name) {
        DocumentRecord record = DesignDocument.require(reader, name);
        Key key = new Key(reader.uuid(), record.id(), record.winner().revision());
        IndexDefinition definition = known.get(key);
        if (definition == null) {
            definition = definition(DesignDocument.read(reader, record));
            known.put(key, definition);
        }
        return definition;
    }

    /**
     * Null where the design document has no views.
     *
     * @param name without {@code _design/}
     * @throws RequestException 404 when there is no such design document
     */
    public @Nullable IndexDefinition find(Reader reader, String name) {
        DesignDocument.require(reader, name);
        try {
            return of(reader, name);
        } catch (RequestException noViews) {
            return null;
        }
    }

    private IndexDefinition definition(DesignDocument design) {
        if (DesignDocument.isJavaScript(design.language())) {
            return ViewDefinition.of(scripts.get(), design);
        }
        IndexDefinition other = otherLanguage.of(design.language(), design.id(), design.members());
        if (other == null) {
            throw new RequestException(ErrorCode.UNKNOWN_QUERY_LANGUAGE, design.language());
        }
        return other;
    }

    /** The signatures of all indexes that the database's design documents define now. */
    public Set<String> signatures(Database database) {
        Set<String> signatures = new HashSet<>();
        try (Reader reader = database.door().newest(Visibility.EVERYTHING);
                DocumentCursor documents = reader.documents().cursor(DesignDocument.PREFIX, false, false)) {
            while (documents.next() && documents.id().startsWith(DesignDocument.PREFIX)) {
                if (documents.winner().deleted()) {
                    continue;
                }
                try {
                    signatures.add(of(reader, documents.id().substring(DesignDocument.PREFIX.length()))
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
