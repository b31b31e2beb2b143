package archipel.mesh;

import static java.nio.charset.StandardCharsets.UTF_8;

import archipel.document.JsonBuffer;
import archipel.identity.Fingerprint;
import archipel.identity.NodeIdentity;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What a node says of itself, signed with its key, so that others can pass it on and none of them can alter it.
 *
 * @param key as X.509 writes it
 * @param addresses where it answers, as URLs; the likeliest first
 * @param version greater in each new record of a node
 */
record NodeRecord(byte[] key, List<String> addresses, long version, byte[] signature) {
    static final int MOST_ADDRESSES = 8;

    private static final int LONGEST_ADDRESS = 300;
    private static final int LONGEST_KEY = 100;

    NodeRecord {
        addresses = List.copyOf(addresses);
    }

    static NodeRecord sign(NodeIdentity identity, List<String> addresses, long version) {
        byte[] signature = identity.sign(signed(addresses, version));
        return new NodeRecord(identity.encodedKey(), addresses, version, signature);
    }

    private static byte[] signed(List<String> addresses, long version) {
        return ("archipel-node\n" + version + "\n" + String.join("\n", addresses)).getBytes(UTF_8);
    }

    String id() {
        return Fingerprint.ofEncoded(key);
    }

    /** Members, with a comma before each. */
    void appendTo(JsonBuffer json) {
        Base64.Encoder base64 = Base64.getEncoder();
        json.ascii(",\"key\":").string(base64.encodeToString(key));
        json.ascii(",\"addresses\":[");
        for (int i = 0; i < addresses.size(); i++) {
            json.ascii(i == 0 ? "" : ",").string(addresses.get(i));
        }
        json.ascii("],\"version\":").number(version);
        json.ascii(",\"signature\":").string(base64.encodeToString(signature));
    }

    /**
     * Reads what {@link #appendTo} wrote.
     *
     * @param known a record whose signature was checked before; null where there is none
     * @throws MeshViolationException for what is malformed, or signed by nobody or somebody else
     */
    static NodeRecord parse(JsonNode json, @Nullable NodeRecord known) throws MeshViolationException {
        byte[] key = bytes(json.path("key"));
        List<String> addresses = new ArrayList<>();
        for (JsonNode address : json.path("addresses")) {
            String text = address.asString("");
            if (addresses.size() == MOST_ADDRESSES || text.length() > LONGEST_ADDRESS || !PeerAddress.isOne(text)) {
                throw new MeshViolationException("a node's addresses are malformed");
            }
            addresses.add(text);
        }
        long version = json.path("version").asLong(-1);
        byte[] signature = bytes(json.path("signature"));
        if (known != null && known.isSame(key, addresses, version, signature)) {
            return known;
        }
        boolean genuine = key.length > 0
                && key.length <= LONGEST_KEY
                && version >= 0
                && NodeIdentity.isSigned(key, signed(addresses, version), signature);
        if (!genuine) {
            throw new MeshViolationException("what a node says of itself is not signed by it");
        }
        return new NodeRecord(key, addresses, version, signature);
    }

    private boolean isSame(byte[] otherKey, List<String> others, long otherVersion, byte[] otherSignature) {
        return version == otherVersion
                && Arrays.equals(signature, otherSignature)
                && Arrays.equals(key, otherKey)
                && addresses.equals(others);
    }

    private static byte[] bytes(JsonNode base64) {
        try {
            return Base64.getDecoder().decode(base64.asString(""));
        } catch (IllegalArgumentException malformed) {
            return new byte[0];
        }
    }
}
