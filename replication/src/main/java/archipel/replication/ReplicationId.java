package archipel.replication;

import archipel.document.Revision;
import archipel.ends.Selection;
import archipel.mango.Selector;
import archipel.remote.RemoteAddress;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The name of a replication, and that of its checkpoints, which are in {@code _local/<base>} at both ends: CouchDB's
 * version 4, which is the same for the same node, ends and selection, whatever the passwords. What is no part of it,
 * such as how many workers there are, can be changed and the replication goes on from its checkpoint.
 *
 * <p>Ends of this node, which CouchDB 3 does not have, are named by the database and by the user, since what a user may
 * not see is not replicated.
 *
 * @param base 32 hex digits
 * @param extension {@code +continuous} and {@code +create_target} where it is that
 */
public record ReplicationId(String base, String extension) {
    static final int VERSION = 4;

    private static final int DEFAULT_PORT = 5984;

    /** The id as clients see it. */
    @Override
    public String toString() {
        return base + extension;
    }

    /** Reads one that {@link #toString} wrote. */
    public static ReplicationId parse(String text) {
        int plus = text.indexOf('+');
        return plus < 0
                ? new ReplicationId(text, "")
                : new ReplicationId(text.substring(0, plus), text.substring(plus));
    }

    /**
     * @param node the uuid of the node that replicates
     * @param user on whose behalf; null for nobody
     * @param filterCode of a filter that is a function; null for other selections
     */
    static ReplicationId of(
            String node, ReplicationOptions options, @Nullable String user, @Nullable String filterCode) {
        ExternalTerm term = new ExternalTerm();
        int selected = switch (options.selection()) {
            case Selection.All _ -> 0;
            case Selection.Ids _, Selection.Matching _ -> 1;
            case Selection.Filter _ -> 2;
        };
        int elements = 3 + selected + (options.winnersOnly() ? 1 : 0) + (options.sinceSequence() == null ? 0 : 1);
        term.list(elements).binary(node);
        end(term, options.source(), user);
        end(term, options.target(), user);
        switch (options.selection()) {
            case Selection.All _ -> {}
            case Selection.Ids ids -> term.binaries(ids.ids());
            case Selection.Matching matching ->
                term.json(sorted(Selector.compile(matching.selector()).json()));
            case Selection.Filter filter ->
                term.binary(filterCode == null ? filter.name() : trimmed(filterCode))
                        .json(filter.parameters());
        }
        if (options.winnersOnly()) {
            term.binary("winning_revs_only");
        }
        if (options.sinceSequence() != null) {
            term.json(options.sinceSequence().node());
        }
        term.endList();
        String extension =
                (options.continuous() ? "+continuous" : "") + (options.createTarget() ? "+create_target" : "");
        return new ReplicationId(md5(term.bytes()), extension);
    }

    private static void end(ExternalTerm term, EndAddress end, @Nullable String user) {
        switch (end) {
            case EndAddress.Local local -> {
                term.tuple(3).atom("local").binary(local.name());
                if (user == null) {
                    term.atom("null");
                } else {
                    term.binary(user);
                }
            }
            case EndAddress.Remote remote -> remote(term, remote.address());
        }
    }

    private static void remote(ExternalTerm term, RemoteAddress address) {
        term.tuple(7).atom("remote");
        if (address.login() == null) {
            term.atom("undefined");
        } else {
            term.string(address.login().user());
        }
        String host = address.url().getHost();
        term.string(host.startsWith("[") ? host.substring(1, host.length() - 1) : host);
        int port = address.port();
        boolean usual = address.isSecure() ? port == 443 : port == 80 || port == DEFAULT_PORT;
        if (usual) {
            term.atom("default");
        } else {
            term.integer(port);
        }
        String query = address.url().getRawQuery();
        term.string(address.url().getRawPath() + (query == null ? "" : "?" + query));
        Map<String, String> headers = new TreeMap<>(address.headers());
        if (!headers.isEmpty()) {
            term.list(headers.size());
            headers.forEach((name, value) -> term.tuple(2).string(name).string(value));
        }
        // There once were OAuth's tokens.
        term.endList().atom("undefined");
    }

    /** As CouchDB cuts off spaces: only from a single line. */
    static String trimmed(String code) {
        int end = code.indexOf('\n');
        if (end < 0) {
            return strip(code);
        }
        return end == code.length() - 1 ? strip(code.substring(0, end)) + "\n" : code;
    }

    private static String strip(String line) {
        int from = 0;
        int to = line.length();
        while (from < to && line.charAt(from) == ' ') {
            from++;
        }
        while (to > from && line.charAt(to - 1) == ' ') {
            to--;
        }
        return line.substring(from, to);
    }

    /** The same with the members of each object in the order of their names' bytes. */
    private static JsonNode sorted(JsonNode value) {
        if (value.isArray()) {
            ArrayNode array = JsonNodeFactory.instance.arrayNode(value.size());
            value.forEach(each -> array.add(sorted(each)));
            return array;
        }
        if (!value.isObject()) {
            return value;
        }
        TreeMap<String, JsonNode> members = new TreeMap<>(Revision::compareUtf8);
        value.forEachEntry((name, member) -> members.put(name, sorted(member)));
        ObjectNode object = JsonNodeFactory.instance.objectNode();
        members.forEach(object::set);
        return object;
    }

    private static String md5(byte[] bytes) {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("MD5").digest(bytes));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
