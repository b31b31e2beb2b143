package archipel.ensemble;

import java.net.InetSocketAddress;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A member's name, and where other members reach it.
 *
 * @param host a name or an address; IPv6 without brackets
 */
public record MemberAddress(String name, String host, int port) {
    private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,64}");
    private static final Pattern TEXT = Pattern.compile("([^=]*)=(?:\\[([^\\]]*)]|([^:]*)):([0-9]{1,5})");
    private static final int PORTS = 65_535;

    /**
     * Reads {@code NAME=HOST:PORT}.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    public static MemberAddress parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("'" + text + "' is not of the form NAME=HOST:PORT");
        }
        String name = parts.group(1);
        if (!NAME.matcher(name).matches()) {
            throw new IllegalArgumentException(
                    "'" + name + "' is no member's name: 1 to 64 letters, digits, dots, hyphens and underscores");
        }
        String host = parts.group(2) == null ? parts.group(3) : parts.group(2);
        int port = Integer.parseInt(parts.group(4));
        if (host.isBlank() || port == 0 || port > PORTS) {
            throw new IllegalArgumentException("'" + text + "' has no host, or a port that is not from 1 to 65535");
        }
        return new MemberAddress(name, host, port);
    }

    /** Whether a member can have that name. */
    public static boolean isName(String name) {
        return NAME.matcher(name).matches();
    }

    /**
     * Of a member, at {@code HOST:PORT}.
     *
     * @throws IllegalArgumentException that says what is wrong with it
     */
    public static MemberAddress of(String name, String place) {
        return parse(name + "=" + place);
    }

    /**
     * Reads the members of an ensemble.
     *
     * @throws IllegalArgumentException that says what is wrong
     */
    public static SortedMap<String, MemberAddress> parse(List<String> texts) {
        Map<String, String> places = new LinkedHashMap<>();
        SortedMap<String, MemberAddress> members = new TreeMap<>();
        for (String text : texts) {
            MemberAddress member = parse(text);
            if (members.put(member.name(), member) != null) {
                throw new IllegalArgumentException("member " + member.name() + " is given twice");
            }
            String before = places.put(member.place(), member.name());
            if (before != null) {
                throw new IllegalArgumentException(
                        "members " + before + " and " + member.name() + " have the same address");
            }
        }
        return members;
    }

    /** Looked up when it is connected to. */
    public InetSocketAddress socketAddress() {
        return InetSocketAddress.createUnresolved(host, port);
    }

    /** As {@code HOST:PORT}. */
    public String place() {
        return (host.contains(":") ? "[" + host + "]" : host) + ":" + port;
    }

    @Override
    public String toString() {
        return name + "=" + place();
    }
}
