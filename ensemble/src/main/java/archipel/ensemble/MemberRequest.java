package archipel.ensemble;

import archipel.document.JsonBuffer;
import java.util.OptionalInt;
import tools.jackson.databind.JsonNode;

/** What an admin wants of the members. */
public sealed interface MemberRequest {
    /** Whom it is about. */
    String name();

    /** Its members as JSON, without braces. */
    void appendTo(JsonBuffer json);

    /** As members send it to each other. */
    default byte[] encode() {
        JsonBuffer json = new JsonBuffer(256).ascii("{\"name\":").string(name());
        appendTo(json);
        return json.ascii('}').toByteArray();
    }

    /** @throws IllegalArgumentException for what no version of this has sent */
    static MemberRequest decode(JsonNode json) {
        String name = json.path("name").asString("");
        return switch (json.path("do").asString("")) {
            case "add" ->
                new Add(
                        name,
                        json.path("address").asString(""),
                        json.path("id").asString(""),
                        json.path("observer").asBoolean(false),
                        json.path("format").asInt(0));
            case "remove" -> new Remove(name, json.path("force").asBoolean(false));
            case "observe" ->
                new Observe(
                        name,
                        json.path("observer").asBoolean(false),
                        json.path("force").asBoolean(false));
            case "transfer" ->
                new Transfer(
                        name,
                        json.path("group").isNumber()
                                ? OptionalInt.of(json.path("group").asInt(0))
                                : OptionalInt.empty());
            case "keep" -> new Keep(name, json.path("group").asInt(0));
            default -> throw new IllegalArgumentException("a request that is unknown");
        };
    }

    /**
     * A member is to be there.
     *
     * @param address {@code HOST:PORT}, where members reach it
     * @param id fingerprint of its key
     * @param observer whether it follows without a vote
     * @param format the newest that its program knows; 0 where nobody has said
     */
    record Add(String name, String address, String id, boolean observer, int format) implements MemberRequest {
        public Add(String name, String address, String id, boolean observer) {
            this(name, address, id, observer, 0);
        }

        @Override
        public void appendTo(JsonBuffer json) {
            json.ascii(",\"do\":\"add\",\"address\":").string(address);
            json.ascii(",\"id\":").string(id).ascii(",\"observer\":").bool(observer);
            json.ascii(",\"format\":").number(format);
        }
    }

    /**
     * A member is to be there no more.
     *
     * @param force also where those who are left and reachable are no majority
     */
    record Remove(String name, boolean force) implements MemberRequest {
        @Override
        public void appendTo(JsonBuffer json) {
            json.ascii(",\"do\":\"remove\",\"force\":").bool(force);
        }
    }

    /** A member is to have a vote, or none. */
    record Observe(String name, boolean observer, boolean force) implements MemberRequest {
        @Override
        public void appendTo(JsonBuffer json) {
            json.ascii(",\"do\":\"observe\",\"observer\":").bool(observer);
            json.ascii(",\"force\":").bool(force);
        }
    }

    /**
     * A member is to lead.
     *
     * @param name of it
     * @param group all where it is empty
     */
    record Transfer(String name, OptionalInt group) implements MemberRequest {
        @Override
        public void appendTo(JsonBuffer json) {
            json.ascii(",\"do\":\"transfer\"");
            if (group.isPresent()) {
                json.ascii(",\"group\":").number(group.getAsInt());
            }
        }
    }

    /**
     * A member is about to lead a group because an admin wants it to: said to it by whoever leads the group.
     *
     * @param name of it
     */
    record Keep(String name, int group) implements MemberRequest {
        @Override
        public void appendTo(JsonBuffer json) {
            json.ascii(",\"do\":\"keep\",\"group\":").number(group);
        }
    }
}
