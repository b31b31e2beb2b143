package archipel.document;

import org.jspecify.annotations.Nullable;

/**
 * A revision id, written {@code generation-hash}. Revisions made here have a hash of 32 lowercase hex digits; those
 * that come from elsewhere keep whatever hash they have.
 *
 * <p>Ordered by generation, then by the hash's UTF-8 bytes: the greater of two live leaves wins.
 *
 * @param generation edits from the root, from 1; 0 only for {@code _local} documents
 * @param hash empty only where somebody else made it so: CouchDB takes {@code 1-}
 */
public record Revision(int generation, String hash) implements Comparable<Revision> {
    /**
     * The greatest generation with which a revision may come from elsewhere. It lies below the greatest that there is,
     * so that a document can be edited and deleted whatever is sent.
     */
    public static final int GREATEST_GIVEN = 2_000_000_000;

    private static final int LONGEST_GIVEN = 128;

    public Revision {
        if (generation < 0) {
            throw new IllegalArgumentException("no revision id: " + generation + "-" + hash);
        }
    }

    /**
     * Reads {@code generation-hash}. As in CouchDB a hash of 32 characters has to be hexadecimal, and uppercase digits
     * are taken for lowercase ones; other hashes may be any text.
     *
     * @throws RequestException 400 {@code bad_request}, {@code Invalid rev format}
     */
    public static Revision parse(String text) {
        int dash = text.indexOf('-');
        // Ten digits hold every generation there can be.
        if (dash < 1 || dash > 10) {
            throw new RequestException(ErrorCode.INVALID_REVISION);
        }
        long generation = 0;
        for (int i = 0; i < dash; i++) {
            int digit = text.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                throw new RequestException(ErrorCode.INVALID_REVISION);
            }
            generation = generation * 10 + digit;
        }
        @Nullable String hash = generation == 0 ? text.substring(dash + 1) : normalHash(text.substring(dash + 1));
        if (generation > Integer.MAX_VALUE || hash == null || generation == 0 && hash.isEmpty()) {
            throw new RequestException(ErrorCode.INVALID_REVISION);
        }
        return new Revision((int) generation, hash);
    }

    /**
     * Whether a document can be given this revision. {@code parse} takes more, so that what was stored before there was
     * this rule can be read and removed: generation 0 is that of {@code _local} documents, and a revision is shown in
     * headers, as an entity tag, which is why its hash is visible ASCII without quotation marks, and short.
     */
    public boolean canBeGiven() {
        return generation >= 1 && generation <= GREATEST_GIVEN && isShort() && isTag();
    }

    /** Whether it is no longer than those that can be given: one that is longer is not repeated to its sender. */
    public boolean isShort() {
        return hash.length() <= LONGEST_GIVEN;
    }

    /** Whether it can stand in an entity tag as it is. */
    public boolean isTag() {
        for (int i = 0; i < hash.length(); i++) {
            char c = hash.charAt(i);
            if (c <= ' ' || c == '"' || c > '~') {
                return false;
            }
        }
        return true;
    }

    /**
     * The hash with uppercase hex digits made lowercase if it has 32 characters; null if those are not hexadecimal.
     */
    static @Nullable String normalHash(String hash) {
        if (hash.length() != 32 || HashKey.of(hash).text() == null) {
            return hash;
        }
        StringBuilder lower = new StringBuilder(32);
        for (int i = 0; i < 32; i++) {
            int digit = Character.digit(hash.charAt(i), 16);
            if (digit < 0 || hash.charAt(i) > 'f') {
                return null;
            }
            lower.append(Character.forDigit(digit, 16));
        }
        return lower.toString();
    }

    @Override
    public int compareTo(Revision other) {
        return generation != other.generation
                ? Integer.compare(generation, other.generation)
                : compareUtf8(hash, other.hash);
    }

    /** Compares two texts as their UTF-8 bytes do, which is by code point and not by {@code char}. */
    public static int compareUtf8(String left, String right) {
        int length = Math.min(left.length(), right.length());
        for (int i = 0; i < length; i++) {
            char a = left.charAt(i);
            char b = right.charAt(i);
            if (a != b) {
                // Surrogates stand for code points above every other char.
                return Character.isSurrogate(a) == Character.isSurrogate(b)
                        ? Character.compare(a, b)
                        : Character.isSurrogate(a) ? 1 : -1;
            }
        }
        return Integer.compare(left.length(), right.length());
    }

    @Override
    public String toString() {
        return generation + "-" + hash;
    }

    /**
     * When a revision came to be, by the hybrid clock of the node on which it first appeared. Ordered by time, then by
     * node.
     *
     * @param timeMs since the epoch, not negative; not less than that of any revision which the node had seen before
     * @param node 16 lowercase hex digits, the beginning of the node's id; empty for the node that has the stamp
     */
    public record Stamp(long timeMs, String node) implements Comparable<Stamp> {
        /** Of a revision whose time nobody knows: older than all others. */
        public static final Stamp UNKNOWN = new Stamp(0, "");

        public static final int NODE_DIGITS = 16;

        public Stamp {
            if (timeMs < 0 || !node.isEmpty() && !isNode(node)) {
                throw new IllegalArgumentException("no stamp: " + timeMs + " of " + node);
            }
        }

        /** Whether a node can be called that. */
        public static boolean isNode(String text) {
            return text.length() == NODE_DIGITS
                    && text.chars().allMatch(c -> c >= '0' && c <= '9' || c >= 'a' && c <= 'f');
        }

        @Override
        public int compareTo(Stamp other) {
            return timeMs != other.timeMs ? Long.compare(timeMs, other.timeMs) : node.compareTo(other.node);
        }
    }
}
