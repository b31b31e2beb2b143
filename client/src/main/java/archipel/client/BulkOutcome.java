package archipel.client;

/** What became of one document of a bulk write. */
public sealed interface BulkOutcome permits BulkOutcome.Stored, BulkOutcome.Refused, BulkOutcome.Unknown {
    String id();

    /** It is written. */
    record Stored(String id, String revision) implements BulkOutcome {}

    /**
     * It is not.
     *
     * @param error such as {@code conflict}
     */
    record Refused(String id, String error, String reason) implements BulkOutcome {}

    /** An answer was lost, and whether it is written could not be found out: read it before writing it again. */
    record Unknown(String id) implements BulkOutcome {}
}
