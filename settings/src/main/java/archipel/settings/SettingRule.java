package archipel.settings;

import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Values that are right one by one and not together, or not for a node that starts.
 *
 * @param settings a change of one of these is answered with {@code onChange} where the rule is broken then
 * @param broken whether it is broken
 * @param refusal why a node does not start whose flags, environment or file break it; null where it starts
 * @param stored what the log says at a start where it is broken with what was changed at run time; null for nothing
 * @param onChange what whoever makes such a change is told; null for nothing
 */
public record SettingRule(
        Set<Setting<?>> settings,
        Predicate<Settings> broken,
        @Nullable String refusal,
        @Nullable String stored,
        @Nullable String onChange) {}
