package archipel.witness;

import java.util.ArrayList;
import java.util.List;

/** The documents that are only ever written together. */
final class Groups {
    private Groups() {}

    /** @param group from 0 */
    static List<String> members(int group) {
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < Plan.GROUP_SIZE; i++) {
            ids.add(String.format("group-%03d-%d", group, i));
        }
        return ids;
    }
}
