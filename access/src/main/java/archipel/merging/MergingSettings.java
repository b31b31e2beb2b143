package archipel.merging;

import archipel.merge.MergePlanner;
import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.ByteSize;
import archipel.settings.SettingType.WholeNumber;
import archipel.settings.Settings;

/** What merging may take. */
public final class MergingSettings {
    public static final SettingGroup GROUP = new SettingGroup("Merging");

    public static final Setting<Integer> MERGE_MAX_REVISIONS = GROUP.cluster(
            "merge_max_revisions",
            new WholeNumber(2, 10_000, "revisions"),
            "100",
            Change.AT_ONCE,
            "How many conflicting revisions of one document are merged; a document with more stays in conflict.");
    public static final Setting<Long> MERGE_MAX_SIZE = GROUP.cluster(
            "merge_max_size",
            new ByteSize(1 << 10, 1L << 30),
            "8MiB",
            Change.AT_ONCE,
            "How much JSON the revisions merged at once may have together; larger documents stay in conflict.");

    private MergingSettings() {}

    /** Of one merge. */
    public static MergePlanner.Bounds bounds(Settings settings) {
        return new MergePlanner.Bounds(settings.get(MERGE_MAX_REVISIONS), settings.get(MERGE_MAX_SIZE));
    }
}
