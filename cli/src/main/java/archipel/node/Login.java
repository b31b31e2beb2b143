package archipel.node;

import java.nio.charset.StandardCharsets;
import java.util.Base64;

/** As whom a command asks a running node. As text it has no password. */
public record Login(String name, String password) {
    /** What the header Authorization says. */
    public String basic() {
        byte[] pair = (name + ":" + password).getBytes(StandardCharsets.UTF_8);
        return "Basic " + Base64.getEncoder().encodeToString(pair);
    }

    @Override
    public String toString() {
        return name;
    }
}
