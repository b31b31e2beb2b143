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
            "How many documents _find shows when it is not told.",
            couch("mango", "default_limit"));
    public static final Setting<Long> MANGO_SORT_MEMORY = GROUP.node(
            "mango_sort_memory",
            new ByteSize(0, 1L << 30),
            "32MiB",
            Change.AT_ONCE,
            "Memory that one _find may take to sort what no index sorts; what needs more is refused with "
                    + "no_usable_index, and with 0 everything is, as in CouchDB.");
    public static final Setting<Integer> MANGO_SCAN_WARNING_RATIO = GROUP.cluster(
            "mango_scan_warning_ratio",
            new WholeNumber(0, Integer.MAX_VALUE, "documents"),
            "10",
            Change.AT_ONCE,
            "How many documents _find may look at for each that it shows before it warns of that; 0 for any number.",
            couch("mango", "index_scan_warning_threshold"));

    private FindSettings() {}
}
