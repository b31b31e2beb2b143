package archipel.functions;

import archipel.document.ErrorCode;
import archipel.document.JsonTree;
import archipel.document.RequestException;
import archipel.mango.Selector;
import archipel.view.DesignDocument;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** One design document's {@code validate_doc_update}. */
sealed interface WriteRule {
    /** Null where the document may be stored. */
    @Nullable
    RequestException refusal(Candidate candidate);

    /** @throws RequestException where no document would be accepted, whatever is in it */
    default void requireUsable() {}

    /**
     * A document about to be stored; all are JSON texts.
     *
     * @param oldDocument what it replaces; null where it is new
     */
    record Candidate(byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {}

    /** Null for a design document that has none. */
    static @Nullable WriteRule of(DesignDocument design, FunctionEngine engine) {
        JsonNode validation = design.validation();
        if (validation == null) {
            return null;
        }
        String language = design.language();
        if (language.equals("query")) {
            return validation.isObject()
                    ? new Matching(Selector.compile(validation))
                    : new Broken(new RequestException(ErrorCode.VALIDATION_NOT_SELECTOR, design.id()));
        }
        return DesignDocument.isJavaScript(language)
                ? new Script(design.id(), design.json(), engine, engine.design(design))
                : new Broken(new RequestException(ErrorCode.UNKNOWN_QUERY_LANGUAGE, language));
    }

    /**
     * A function in JavaScript.
     *
     * @param json its design document
     */
    record Script(String design, byte[] json, FunctionEngine engine, DesignFunctions functions) implements WriteRule {
        @Override
        public @Nullable RequestException refusal(Candidate candidate) {
            return functions.validate(
                    candidate.newDocument(), candidate.oldDocument(), candidate.user(), candidate.security());
        }

        @Override
        public void requireUsable() {
            functions.requireValidation();
        }
    }

    /** A selector over {@code {"newDoc":…,"oldDoc":…}}. */
    record Matching(Selector selector) implements WriteRule {
        @Override
        public @Nullable RequestException refusal(Candidate candidate) {
            byte[] old = candidate.oldDocument();
            ObjectNode both = JsonNodeFactory.instance.objectNode();
            both.set("newDoc", JsonTree.ofValid(candidate.newDocument()));
            both.set("oldDoc", old == null ? JsonNodeFactory.instance.nullNode() : JsonTree.ofValid(old));
            return selector.matches(both) ? null : new RequestException(ErrorCode.DOCUMENT_NOT_VALID);
        }
    }

    /** One that cannot be asked: nothing gets past it. */
    record Broken(RequestException why) implements WriteRule {
        @Override
        public RequestException refusal(Candidate candidate) {
            return why;
        }

        @Override
        public void requireUsable() {
            throw why;
        }
    }
}
