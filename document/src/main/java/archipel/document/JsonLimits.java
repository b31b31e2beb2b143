package archipel.document;

/**
 * Bounds on what is accepted from outside.
 *
 * @param depth how deep arrays and objects may nest
 * @param documentBytes how large one document's JSON may be, without inline attachments; more is 413
 *     {@code document_too_large}
 */
public record JsonLimits(int depth, int documentBytes) {
    /** For what was accepted before, under whatever limits were in force then. */
    public static final JsonLimits STORED = new JsonLimits(1_000_000, Integer.MAX_VALUE);

    public static final JsonLimits DEFAULT = new JsonLimits(500, 8_000_000);
}
