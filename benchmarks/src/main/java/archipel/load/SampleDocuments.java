package archipel.load;

/** The load's documents for whoever wants them without a server. */
public final class SampleDocuments {
    private static final int COUNT = 64;

    private SampleDocuments() {}

    /** Bodies of 1 KB, a power of two of them. */
    public static byte[][] bodies() {
        Documents documents = new Documents(1);
        byte[][] bodies = new byte[COUNT][];
        for (int i = 0; i < COUNT; i++) {
            bodies[i] = documents.body(i).clone();
        }
        return bodies;
    }

    /** The JSON of a {@code _bulk_docs} request of a thousand of them. */
    public static byte[] bulk() {
        return BulkRequest.json(new Documents(1), 1);
    }
}
