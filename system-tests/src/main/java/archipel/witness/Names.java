package archipel.witness;

import java.util.ArrayList;
import java.util.List;

/** The names of what the clients write and read; their order as texts is that of their bytes. */
final class Names {
    /** Of the attachment that some documents have. */
    static final String ATTACHMENT = "note";

    private Names() {}

    /** @param number from 0 to 9999 */
    static String document(int number) {
        return String.format("doc-%04d", number);
    }

    /** A document that only that writer creates, updates and deletes. */
    static String own(String writer, int number) {
        return String.format("own-%s-%02d", writer, number);
    }

    /**
     * The documents that are only ever written together.
     *
     * @param group from 0 to 999
     */
    static List<String> group(int group) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < Plan.GROUP_SIZE; i++) {
            ids.add(String.format("group-%03d-%d", group, i));
        }
        return ids;
    }
}
