package archipel.functions;

import archipel.document.DocumentBody;
import archipel.document.RequestException;
import archipel.engine.Snapshot;
import archipel.functions.WriteRule.Candidate;
import archipel.view.DesignDocument;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What documents are validated by in one database.
 *
 * @param position {@link Snapshot#rules} of the snapshot they were read from
 * @param rules in the order of the design documents' ids
 */
public record WriteRules(long position, List<WriteRule> rules) {
    static WriteRules read(Snapshot snapshot, FunctionEngine engine) {
        List<WriteRule> rules = new ArrayList<>();
        try (Snapshot.DocumentCursor designs = snapshot.documents(DesignDocument.PREFIX, false, true)) {
            while (designs.next() && designs.id().startsWith(DesignDocument.PREFIX)) {
                DocumentBody body = designs.winner().deleted() ? null : designs.body();
                WriteRule rule =
                        body == null ? null : WriteRule.of(DesignDocument.of(snapshot, designs.record(), body), engine);
                if (rule != null) {
                    rules.add(rule);
                }
            }
        }
        return new WriteRules(snapshot.rules(), List.copyOf(rules));
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
