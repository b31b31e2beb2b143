package archipel.divergence;

import archipel.document.JsonBuffer;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is wrong with a member's copy of a group.
 *
 * @param database name of the database in which it was found; its number where the name is not known, empty where it is
 *     what the group knows beside the databases
 * @param block number of the first block that differs; of what is no block the index of the command after which it did
 * @param differs whether most members have other data, which stays known while the group is rebuilt
 */
public record Finding(int group, State state, String database, long block, boolean differs) {
    public Finding(int group, State state, String database, long block) {
        this(group, state, database, block, state == State.DIVERGED);
    }

    /** Of a group that is to be rebuilt. @param before what was wrong with it; null where nothing was */
    public static Finding rebuilding(int group, @Nullable Finding before) {
        return before == null
                ? new Finding(group, State.REBUILDING, "", 0, false)
                : new Finding(group, State.REBUILDING, before.database(), before.block(), before.differs());
    }

    /** What is wrong where a group that differs is not to be rebuilt any more. */
    public Finding cancelled() {
        return new Finding(group, State.DIVERGED, database, block, true);
    }

    /** How bad it is. */
    public enum State {
        /** Another member has other data, and it cannot be told which of the two is wrong. */
        SUSPECT,
        /** Most members have other data: nothing of the group is served here. */
        DIVERGED,
        /** The group's data is being replaced by another member's: nothing of it is served meanwhile. */
        REBUILDING;

        String label() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether what the member has is not to be read or built upon. */
        public boolean isSetAside() {
            return this != SUSPECT;
        }

        private static @Nullable State of(String label) {
            for (State state : values()) {
                if (state.label().equals(label)) {
                    return state;
                }
            }
            return null;
        }
    }

    /** Where it is, for people: "database db from block 7 on". */
    public String place() {
        return database.isEmpty()
                ? "the catalog of group " + group + " as of command " + block
                : "database " + database + " of group " + group + " from block " + block + " on";
    }

    public void appendTo(JsonBuffer json) {
        json.ascii("{\"group\":").number(group);
        json.ascii(",\"state\":").string(state.label());
        json.ascii(",\"database\":").string(database);
        json.ascii(",\"block\":").number(block);
        if (differs && state == State.REBUILDING) {
            json.ascii(",\"differs\":true");
        }
        json.ascii('}');
    }

    /** Null for what a later version says. */
    public static @Nullable Finding parse(JsonNode json) {
        State state = State.of(json.path("state").asString(""));
        return state == null
                ? null
                : new Finding(
                        json.path("group").asInt(0),
                        state,
                        json.path("database").asString(""),
                        json.path("block").asLong(0),
                        state == State.DIVERGED || json.path("differs").asBoolean(false));
    }
}
