package archipel.functions;

import archipel.view.DesignDocument;

/** Runs the JavaScript of design documents. Safe for use by many threads. */
public interface FunctionEngine {
    /**
     * @param database whatever tells its database from others
     * @param kind {@code map} or {@code reduce}
     * @param name the view's
     * @throws archipel.document.RequestException 400 {@code compilation_error} where the source is not a function
     */
    void check(String database, String kind, String name, String source);

    /** The functions of a design document; cheap to ask for again. */
    DesignFunctions design(DesignDocument design);
}
