package archipel.functions;

/** Runs the JavaScript of design documents. Safe for use by many threads. */
public interface FunctionEngine {
    /**
     * @param kind {@code map} or {@code reduce}
     * @param name the view's
     * @throws archipel.document.RequestException 400 {@code compilation_error} where the source is not a function
     */
    void check(String kind, String name, String source);

    /**
     * The functions of a design document; cheap to ask for again.
     *
     * @param design its JSON with {@code _id} and {@code _rev}
     */
    DesignFunctions design(byte[] design);
}
