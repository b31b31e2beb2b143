package archipel.feeds;

import static archipel.settings.SettingGroup.couch;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.WholeNumber;

/** How long feeds wait. */
public final class FeedSettings {
    public static final SettingGroup GROUP = new SettingGroup("Feeds");

    public static final Setting<Integer> CHANGES_TIMEOUT_MS = GROUP.cluster(
            "changes_timeout_ms",
            new WholeNumber(1, 86_400_000, "milliseconds"),
            "60000",
            Change.AT_ONCE,
            "How long a changes feed waits for changes before it ends, and the interval of its heartbeats; also the "
                    + "longest that a client can ask for.",
            couch("chttpd", "changes_timeout"),
            couch("httpd", "changes_timeout"));

    private FeedSettings() {}
}
