package archipel.mango;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;

/** What {@code _find} does where a query does not say. */
public final class FindSettings {
    public static final SettingGroup GROUP = new SettingGroup("Mango queries");

    public static final Setting<Integer> MANGO_DEFAULT_LIMIT = GROUP.cluster(
            "mango_default_limit",
            new WholeNumber(0, Integer.MAX_VALUE, "documents"),
            "25",
            Change.AT_ONCE,
            "How many documents _find returns if it has no limit.",
            couch("mango", "default_limit"));
    public static final Setting<Long> MANGO_SORT_MEMORY = GROUP.node(
            "mango_sort_memory",
            new ByteSize(0, 1L << 30),
            "32MiB",
            Change.AT_ONCE,
            "Memory that one _find may use to sort what no index sorts. A larger sort is rejected with "
                    + "no_usable_index; 0 rejects every such sort, as CouchDB does.");
    public static final Setting<Integer> MANGO_SCAN_WARNING_RATIO = GROUP.cluster(
            "mango_scan_warning_ratio",
            new WholeNumber(0, Integer.MAX_VALUE, "documents"),
            "10",
            Change.AT_ONCE,
            "How many documents _find may examine per document returned before it warns about that; 0 never warns.",
            couch("mango", "index_scan_warning_threshold"));

    private FindSettings() {}
}
