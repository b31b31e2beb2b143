package archipel.ensemble;

import archipel.document.JsonBuffer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What is known of a member.
 *
 * @param address where other members reach it, unless it has moved
 * @param fingerprint of the key on its disk; null until it was met. It is what makes it that member: a node with
 *     another key is another node, whatever its name
 * @param observer whether it follows without a vote
 * @param url where clients reach it; empty where that is not known
 */
record MemberInfo(MemberAddress address, @Nullable String fingerprint, boolean observer, String url) {
    static MemberInfo unmet(MemberAddress address) {
        return new MemberInfo(address, null, false, "");
    }

    String name() {
        return address.name();
    }

    MemberInfo with(MemberAddress newer) {
        return new MemberInfo(newer, fingerprint, observer, url);
    }

    MemberInfo withFingerprint(String met) {
        return new MemberInfo(address, met, observer, url);
    }

    /** As it says of itself. */
    MemberInfo with(boolean newObserver, String newUrl) {
        return new MemberInfo(address, fingerprint, newObserver, newUrl);
    }

    void appendTo(JsonBuffer json) {
        json.ascii("{\"name\":").string(name());
        json.ascii(",\"host\":").string(address.host());
        json.ascii(",\"port\":").number(address.port());
        if (fingerprint != null) {
            json.ascii(",\"key\":").string(fingerprint);
        }
        json.ascii(",\"observer\":").ascii(Boolean.toString(observer));
        json.ascii(",\"url\":").string(url).ascii('}');
    }

    /** @throws IllegalArgumentException for what is none */
    static MemberInfo parse(JsonNode json) {
        MemberAddress address = new MemberAddress(
                json.path("name").asString(""),
                json.path("host").asString(""),
                json.path("port").asInt(0));
        String fingerprint = json.path("key").isString() ? json.path("key").asString() : null;
        return new MemberInfo(
                MemberAddress.parse(address.toString()),
                fingerprint,
                json.path("observer").asBoolean(false),
                json.path("url").asString(""));
    }
}
