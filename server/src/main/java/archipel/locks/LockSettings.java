package archipel.locks;

import static archipel.settings.SettingGroup.TRUTH;

import archipel.settings.Setting;
import archipel.settings.Setting.Change;
import archipel.settings.SettingGroup;
import archipel.settings.SettingType.WholeNumber;

/** How many locks there may be, for how long, and for whom. */
public final class LockSettings {
    public static final SettingGroup GROUP = new SettingGroup("Locks");

    public static final Setting<Boolean> LOCKS_FOR_ADMINS_ONLY = GROUP.cluster(
            "locks_for_admins_only",
            TRUTH,
            "false",
            Change.AT_ONCE,
            "Whether only server admins may use _locks, rather than every user.");
    public static final Setting<Integer> MAX_LOCKS = GROUP.cluster(
            "max_locks",
            new WholeNumber(1, 1_000_000, "locks"),
            "10000",
            Change.AT_ONCE,
            "How many locks may be held at the same time; all of them are in memory.");
    public static final Setting<Integer> MAX_LOCK_WAITERS = GROUP.cluster(
            "max_lock_waiters",
            new WholeNumber(0, 100_000, "requests"),
            "1000",
            Change.AT_ONCE,
            "How many requests may wait for one lock.");
    public static final Setting<Integer> MAX_LOCKS_PER_USER = GROUP.cluster(
            "max_locks_per_user",
            new WholeNumber(1, 1_000_000, "locks"),
            "2000",
            Change.AT_ONCE,
            "How many locks one user may hold and wait for, all requests together.");
    public static final Setting<Integer> MAX_LOCK_TTL_MS = GROUP.cluster(
            "max_lock_ttl_ms",
            new WholeNumber(100, Integer.MAX_VALUE, "milliseconds"),
            "3600000",
            Change.AT_ONCE,
            "The longest time for which a lock can be held without renewing it.");
    public static final Setting<Integer> MAX_LOCK_WAIT_MS = GROUP.cluster(
            "max_lock_wait_ms",
            new WholeNumber(0, Integer.MAX_VALUE, "milliseconds"),
            "600000",
            Change.AT_ONCE,
            "The longest time for which a request can wait for a lock.");
    public static final Setting<Integer> MAX_LOCK_NAME = GROUP.cluster(
            "max_lock_name",
            new WholeNumber(1, 4_096, "bytes"),
            "256",
            Change.AT_ONCE,
            "Maximum length of the name of a lock, of its owner, and of the id of a request for it.");

    private LockSettings() {}
}
