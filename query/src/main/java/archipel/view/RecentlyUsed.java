package archipel.view;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/** Maps that forget what was asked for longest ago. */
public final class RecentlyUsed {
    private RecentlyUsed() {}

    /**
     * An empty one, safe for use by many threads.
     *
     * @param most how many entries it keeps
     */
    public static <K, V> Map<K, V> map(int most) {
        return Collections.synchronizedMap(new LinkedHashMap<>(16, 0.75f, true) {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<K, V> eldest) {
                return size() > most;
            }
        });
    }
}
