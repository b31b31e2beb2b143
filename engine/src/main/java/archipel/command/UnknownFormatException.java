package archipel.command;

import archipel.storage.FormatVersion;

/**
 * The group was raised to a format of a newer program. What follows cannot be applied: the group stops on this node
 * until the program is upgraded.
 */
public final class UnknownFormatException extends RuntimeException {
    /** @param known the newest format that this program knows */
    public UnknownFormatException(int group, int version, FormatVersion known) {
        super("Group " + group + " was raised to format " + version + ", and this program knows " + known.number()
                + "; upgrade it.");
    }
}
