package archipel.view;

import java.util.ArrayList;
import java.util.List;

/** Cuts what goes into the sandbox into pieces of a size that its limits allow. */
final class Batches {
    private static final long BYTES = 1 << 20;
    private static final int DOCUMENTS = 500;

    private Batches() {}

    /** In their order; a document larger than a batch is one of its own. */
    static List<List<byte[]>> of(List<byte[]> documents) {
        List<List<byte[]>> batches = new ArrayList<>();
        long bytes = 0;
        int from = 0;
        for (int i = 0; i < documents.size(); i++) {
            int length = documents.get(i).length;
            if (i > from && (bytes + length > BYTES || i - from == DOCUMENTS)) {
                batches.add(documents.subList(from, i));
                from = i;
                bytes = 0;
            }
            bytes += length;
        }
        if (from < documents.size()) {
            batches.add(documents.subList(from, documents.size()));
        }
        return batches;
    }
}
