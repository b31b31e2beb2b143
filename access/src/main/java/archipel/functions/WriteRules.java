package archipel.functions;

import archipel.document.DocumentBody;
import archipel.document.RequestException;
import archipel.functions.WriteRule.Candidate;
import archipel.read.DocumentCursor;
import archipel.read.Reader;
import archipel.view.DesignDocument;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What documents are validated by in one database.
 *
 * @param position {@link Reader#rules} of the reader they were read from
 * @param rules in the order of the design documents' ids
 */
public record WriteRules(long position, List<WriteRule> rules) {
    /** @param before what was known of the database: design documents that are as they were keep their rule */
    static WriteRules read(Reader reader, FunctionEngine engine, @Nullable WriteRules before) {
        Map<String, WriteRule.Script> scripts = before == null ? Map.of() : before.scripts();
        List<WriteRule> rules = new ArrayList<>();
        try (DocumentCursor designs = reader.documents().cursor(DesignDocument.PREFIX, false, true)) {
            while (designs.next() && designs.id().startsWith(DesignDocument.PREFIX)) {
                DocumentBody body = designs.winner().deleted() ? null : designs.body();
                if (body == null) {
                    continue;
                }
                DesignDocument design = DesignDocument.of(reader, designs.record(), body);
                WriteRule.Script known = scripts.get(design.id());
                WriteRule rule = known != null && Arrays.equals(known.json(), design.json())
                        ? known
                        : WriteRule.of(design, engine);
                if (rule != null) {
                    rules.add(rule);
                }
            }
        }
        return new WriteRules(reader.rules(), List.copyOf(rules));
    }

    private Map<String, WriteRule.Script> scripts() {
        Map<String, WriteRule.Script> scripts = new HashMap<>();
        for (WriteRule rule : rules) {
            if (rule instanceof WriteRule.Script script) {
                scripts.put(script.design(), script);
            }
        }
        return scripts;
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
        for (int from = 0, to; from < rules.size(); from = to) {
            List<DesignFunctions> scripts = scripts(from);
            to = from + Math.max(1, scripts.size());
            RequestException refusal = rules.get(from) instanceof WriteRule.Script first
                    ? first.engine().validate(scripts, newDocument, oldDocument, user, security)
                    : rules.get(from).refusal(candidate);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }

    /** Those that follow each other, from that rule on: to ask one by one would take longer. */
    private List<DesignFunctions> scripts(int from) {
        List<DesignFunctions> scripts = new ArrayList<>();
        for (int i = from; i < rules.size() && rules.get(i) instanceof WriteRule.Script script; i++) {
            scripts.add(script.functions());
        }
        return scripts;
    }
}
