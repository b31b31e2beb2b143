package archipel.settings;

import java.net.InetAddress;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Addresses that begin alike.
 *
 * @param address the network's first address, or the one that is meant
 * @param prefix how many of its bits count: 0 to 32, or to 128
 */
public record Network(InetAddress address, int prefix) {
    private static final Pattern ZEROS = Pattern.compile("(?<![0-9a-f])0(?::0)+(?![0-9a-f])");

    /** @throws IllegalArgumentException for what is neither an address nor one with a prefix, such as 10.0.0.0/8 */
    static Network parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        if (literal.indexOf(':') < 0 && literal.split("\\.", -1).length != 4) {
            throw new IllegalArgumentException(text); // 10.1 is an address to Java and a mistake to anybody else
        }
        InetAddress address = InetAddress.ofLiteral(literal);
        int bits = address.getAddress().length * 8;
        int prefix = slash < 0 ? bits : Integer.parseInt(text.substring(slash + 1));
        if (prefix < 0 || prefix > bits) {
            throw new IllegalArgumentException(text);
        }
        return new Network(address, prefix);
    }

    public boolean contains(@Nullable InetAddress other) {
        if (other == null) {
            return false;
        }
        byte[] mine = address.getAddress();
        byte[] theirs = other.getAddress();
        if (mine.length != theirs.length) {
            return false;
        }
        for (int bit = 0; bit < prefix; bit += 8) {
            int mask = prefix - bit >= 8 ? 0xFF : 0xFF << (8 - (prefix - bit)) & 0xFF;
            if (((mine[bit / 8] ^ theirs[bit / 8]) & mask) != 0) {
                return false;
            }
        }
        return true;
    }

    /** As RFC 5952 writes it: the longest run of zeros in an IPv6 address left out. */
    private static String shortest(InetAddress address) {
        String whole = address.getHostAddress();
        Matcher zeros = ZEROS.matcher(whole);
        int start = 0;
        int end = 0;
        while (zeros.find()) {
            if (zeros.end() - zeros.start() > end - start) {
                start = zeros.start();
                end = zeros.end();
            }
        }
        if (end == start) {
            return whole;
        }
        return whole.substring(0, start).replaceFirst(":$", "") + "::"
                + whole.substring(end).replaceFirst("^:", "");
    }

    @Override
    public String toString() {
        String text = shortest(address);
        return prefix == address.getAddress().length * 8 ? text : text + "/" + prefix;
    }
}
