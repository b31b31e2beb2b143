package archipel.functions;

import archipel.document.RequestException;
import archipel.view.DesignDocument;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Runs the JavaScript of design documents. Safe for use by many threads. */
public interface FunctionEngine {
    /**
     * @param database whatever tells its database from others
     * @param kind {@code map} or {@code reduce}
     * @param name the view's
     * @throws RequestException 400 {@code compilation_error} where the source is not a function
     */
    void check(String database, String kind, String name, String source);

    /** The functions of a design document; cheap to ask for again. */
    DesignFunctions design(DesignDocument design);

    /**
     * Asks those {@code validate_doc_update} in turn, until one does not accept the document.
     *
     * @param designs that this engine has given, of one database
     * @return as {@link DesignFunctions#validate}
     */
    default @Nullable RequestException validate(
            List<DesignFunctions> designs,
            byte[] newDocument,
            byte @Nullable [] oldDocument,
            byte[] user,
            byte[] security) {
        for (DesignFunctions design : designs) {
            RequestException refusal = design.validate(newDocument, oldDocument, user, security);
            if (refusal != null) {
                return refusal;
            }
        }
        return null;
    }
}
