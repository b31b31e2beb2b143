package archipel.functions;

import archipel.document.DocumentBody;
import archipel.document.RequestException;
import archipel.functions.WriteRule.Candidate;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What documents are validated by in one database.
 *
 * @param position {@link Reader#rules} of the reader they were read from
 * @param rules in the order of the design documents' ids
 */
public record WriteRules(long position, List<WriteRule> rules) {
    static WriteRules read(Reader reader, FunctionEngine engine) {
        List<WriteRule> rules = new ArrayList<>();
        try (DocumentCursor designs = reader.documents().cursor(DesignDocument.PREFIX, false, true)) {
            while (designs.next() && designs.id().startsWith(DesignDocument.PREFIX)) {
                DocumentBody body = designs.winner().deleted() ? null : designs.body();
                WriteRule rule =
                        body == null ? null : WriteRule.of(DesignDocument.of(reader, designs.record(), body), engine);
                if (rule != null) {
                    rules.add(rule);
                }
            }
        }
        return new WriteRules(reader.rules(), List.copyOf(rules));
    }

    public boolean isEmpty() {
        return rules.isEmpty();
    }

    /**
     * What the first rule says that does not accept a document; null where all do.
     *
     * @param newDocument as its validation functions see it
     * @param oldDocument what it replaces; null where it is new
     * @param user {@code {"db":…,"name":…,"roles":[…]}}
     */
    public @Nullable RequestException refusal(
            byte[] newDocument, byte @Nullable [] oldDocument, byte[] user, byte[] security) {
        Candidate candidate = new Candidate(newDocument, oldDocument, user, security);
        for (WriteRule rule : rules) {
            RequestException refusal = rule.refusal(candidate);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }
}
