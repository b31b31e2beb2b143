package archipel.document;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a revision tree. What a reader of the winner needs comes first; a document without branches needs 16
 * bytes and two bits for a revision and a few bytes before that.
 *
 * <pre>
 * byte    format version (1) in the high half, flags in the low half
 * number  nodes; the rest only when there is one
 * number  the first node's generation
 *         unless CHAIN: number leaves, number winner's index, number winner's generation
 * hashes  16 bytes each; with TEXT each begins with a number, 0 before 16 bytes, else one more than the length of the
 *         UTF-8 that follows
 * states  two bits each (1 written, 2 deleted), first node in the lowest bits of the first byte
 *         unless CHAIN, for each node but the first: number generation's increase, number distance to the parent or 0
 * EXTRA   number of second parents, for each: number child's increase, number distance from child to parent
 * </pre>
 *
 * A number is unsigned, seven bits to a byte, lowest first. Everything follows from the nodes, so equal trees have
 * equal bytes; and {@link #decode} refuses any other bytes.
 */
final class RevisionCodec {
    private static final int VERSION = 0x10;
    /** Each node is the child of the one before it. */
    private static final int CHAIN = 1;

    private static final int TEXT = 2;
    private static final int EXTRA = 4;
    private static final int WINNER_DELETED = 8;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

    private final byte[] bytes;
    private final int end;
    private int at;

    private RevisionCodec(byte[] bytes, int offset, int length) {
        this.bytes = bytes;
        this.at = offset;
        this.end = offset + length;
    }

    static byte[] encode(RevisionNodes nodes) {
        if (nodes.size == 0) {
            return new byte[] {VERSION, 0};
        }
        boolean chain = isChain(nodes);
        byte @Nullable [] @Nullable [] texts = texts(nodes);
        int bound = 32 + nodes.size * (16 + 1) + (chain ? 0 : nodes.size * 10) + (texts == null ? 0 : nodes.size * 5);
        for (int i = 0; texts != null && i < nodes.size; i++) {
            bound += texts[i] == null ? 0 : texts[i].length;
        }
        RevisionCodec out = new RevisionCodec(new byte[bound + nodes.extra.length * 5], 0, 0);
        int flags = (chain ? CHAIN : 0)
                | (texts != null ? TEXT : 0)
                | (nodes.extra.length > 0 ? EXTRA : 0)
                | (nodes.isDeleted(nodes.winner) ? WINNER_DELETED : 0);
        out.bytes[out.at++] = (byte) (VERSION | flags);
        out.writeNumber(nodes.size);
        out.writeNumber(nodes.generation[0]);
        if (!chain) {
            out.writeNumber(nodes.leafCount);
            out.writeNumber(nodes.winner);
            out.writeNumber(nodes.generation[nodes.winner]);
        }
        out.writeHashes(nodes, texts);
        for (int i = 0; i < nodes.size; i++) {
            out.bytes[out.at + (i >> 2)] |= (byte) (nodes.state[i] << 2 * (i & 3));
        }
        out.at += nodes.size + 3 >> 2;
        if (!chain) {
            for (int i = 1; i < nodes.size; i++) {
                out.writeNumber(nodes.generation[i] - nodes.generation[i - 1]);
                out.writeNumber(nodes.parent[i] == RevisionNodes.NONE ? 0 : i - nodes.parent[i]);
            }
        }
        if (nodes.extra.length > 0) {
            out.writeNumber(nodes.extra.length / 2);
            for (int i = 0; i < nodes.extra.length; i += 2) {
                out.writeNumber(nodes.extra[i] - (i == 0 ? 0 : nodes.extra[i - 2]));
                out.writeNumber(nodes.extra[i] - nodes.extra[i + 1]);
            }
        }
        return Arrays.copyOf(out.bytes, out.at);
    }

    static RevisionNodes decode(byte[] bytes, int offset, int length) {
        RevisionCodec in = new RevisionCodec(bytes, offset, length);
        int flags = in.readFlags();
        int size = in.readNumber();
        if (size == 0) {
            in.expectEnd(flags);
            return RevisionNodes.EMPTY;
        }
        in.expectNodes(size);
        boolean chain = (flags & CHAIN) != 0;
        int[] generation = new int[size];
        generation[0] = in.readNumber();
        int leaves = chain ? 1 : in.readNumber();
        int winner = chain ? size - 1 : in.readNumber();
        int winnerGeneration = chain ? generation[0] + size - 1 : in.readNumber();
        long[] high = new long[size];
        long[] low = new long[size];
        @Nullable String @Nullable [] text = (flags & TEXT) != 0 ? new @Nullable String[size] : null;
        in.readHashes(high, low, text);
        byte[] state = in.readStates(size);
        int[] parent = new int[size];
        parent[0] = RevisionNodes.NONE;
        for (int i = 1; i < size; i++) {
            generation[i] = generation[i - 1] + (chain ? 1 : in.readNumber());
            int distance = chain ? 1 : in.readNumber();
            if (distance > i || generation[i] < 1) {
                throw new CorruptTreeException("node " + i + " has an impossible generation or parent");
            }
            parent[i] = distance == 0 ? RevisionNodes.NONE : i - distance;
        }
        int[] extra = (flags & EXTRA) != 0 ? in.readExtra(size) : RevisionNodes.NO_EXTRA;
        RevisionNodes nodes = new RevisionNodes(generation, high, low, text, parent, extra, state);
        nodes.check();
        in.expectEnd(0);
        if (leaves != nodes.leafCount
                || winner != nodes.winner
                || winnerGeneration != generation[winner]
                || nodes.isDeleted(winner) != ((flags & WINNER_DELETED) != 0)
                || chain != isChain(nodes)
                || (text != null) != hasText(nodes)) {
            throw new CorruptTreeException("the header does not agree with the nodes");
        }
        return nodes;
    }

    static @Nullable Leaf winner(byte[] bytes, int offset, int length) {
        RevisionCodec in = new RevisionCodec(bytes, offset, length);
        int flags = in.readFlags();
        int size = in.readNumber();
        if (size == 0) {
            return null;
        }
        in.expectNodes(size);
        int generation = in.readNumber() + size - 1;
        int winner = size - 1;
        if ((flags & CHAIN) == 0) {
            in.readNumber();
            winner = in.readNumber();
            generation = in.readNumber();
        }
        if (generation < 1 || winner >= size) {
            throw new CorruptTreeException("the header has an impossible winner");
        }
        String hash;
        if ((flags & TEXT) == 0) {
            int start = in.at + 16 * winner;
            if (start > in.end - 16) {
                throw new CorruptTreeException("truncated");
            }
            hash = HashKey.hex((long) LONG.get(bytes, start), (long) LONG.get(bytes, start + 8));
        } else {
            long[] high = new long[winner + 1];
            long[] low = new long[winner + 1];
            @Nullable String[] text = new @Nullable String[winner + 1];
            in.readHashes(high, low, text);
            String other = text[winner];
            hash = other != null ? other : HashKey.hex(high[winner], low[winner]);
        }
        return new Leaf(new Revision(generation, hash), (flags & WINNER_DELETED) != 0);
    }

    static boolean hasBranches(byte[] bytes, int offset) {
        return (new RevisionCodec(bytes, offset, bytes.length - offset).readFlags() & CHAIN) == 0;
    }

    private static boolean isChain(RevisionNodes nodes) {
        for (int i = 1; i < nodes.size; i++) {
            if (nodes.parent[i] != i - 1) {
                return false;
            }
        }
        return true;
    }

    private static boolean hasText(RevisionNodes nodes) {
        for (int i = 0; nodes.text != null && i < nodes.size; i++) {
            if (nodes.textAt(i) != null) {
                return true;
            }
        }
        return false;
    }

    /** The hashes that are kept as text, null for the others; null when there are only others. */
    private static byte @Nullable [] @Nullable [] texts(RevisionNodes nodes) {
        if (!hasText(nodes)) {
            return null;
        }
        byte @Nullable [] @Nullable [] texts = new byte[nodes.size][];
        for (int i = 0; i < nodes.size; i++) {
            String text = nodes.textAt(i);
            texts[i] = text == null ? null : text.getBytes(UTF_8);
        }
        return texts;
    }

    private void writeHashes(RevisionNodes nodes, byte @Nullable [] @Nullable [] texts) {
        for (int i = 0; i < nodes.size; i++) {
            byte[] text = texts == null ? null : texts[i];
            if (texts != null) {
                writeNumber(text == null ? 0 : text.length + 1);
            }
            if (text != null) {
                System.arraycopy(text, 0, bytes, at, text.length);
                at += text.length;
                continue;
            }
            LONG.set(bytes, at, nodes.high[i]);
            LONG.set(bytes, at + 8, nodes.low[i]);
            at += 16;
        }
    }

    private void writeNumber(int number) {
        int rest = number;
        while (rest >= 0x80) {
            bytes[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        bytes[at++] = (byte) rest;
    }

    private int readFlags() {
        int first = readByte();
        if ((first & 0xF0) != VERSION) {
            throw new CorruptTreeException("unknown format version " + (first >> 4));
        }
        return first & 0xF;
    }

    private int readByte() {
        if (at >= end) {
            throw new CorruptTreeException("truncated");
        }
        return bytes[at++] & 0xFF;
    }

    private int readNumber() {
        long number = 0;
        for (int shift = 0; shift < 35; shift += 7) {
            int next = readByte();
            number |= (long) (next & 0x7F) << shift;
            if (next < 0x80) {
                if (number > Integer.MAX_VALUE || next == 0 && shift > 0) {
                    break;
                }
                return (int) number;
            }
        }
        throw new CorruptTreeException("a number is too large or too long");
    }

    /** So that a wrong count cannot make a reader allocate more than a few times what it was given. */
    private void expectNodes(int size) {
        if (size > end - at) {
            throw new CorruptTreeException("truncated: " + size + " nodes in " + (end - at) + " bytes");
        }
    }

    private void expectEnd(int flags) {
        if (at != end || flags != 0) {
            throw new CorruptTreeException((end - at) + " bytes too many");
        }
    }

    private void readHashes(long[] high, long[] low, @Nullable String @Nullable [] text) {
        for (int i = 0; i < high.length; i++) {
            int form = text == null ? 0 : readNumber();
            int needed = form == 0 ? 16 : form - 1;
            if (needed > end - at) {
                throw new CorruptTreeException("truncated");
            }
            if (text == null || form == 0) {
                high[i] = (long) LONG.get(bytes, at);
                low[i] = (long) LONG.get(bytes, at + 8);
            } else {
                text[i] = readText(needed);
            }
            at += needed;
        }
    }

    private String readText(int length) {
        try {
            return UTF_8.newDecoder()
                    .onMalformedInput(CodingErrorAction.REPORT)
                    .onUnmappableCharacter(CodingErrorAction.REPORT)
                    .decode(ByteBuffer.wrap(bytes, at, length))
                    .toString();
        } catch (CharacterCodingException e) {
            throw new CorruptTreeException("a hash is not valid UTF-8");
        }
    }

    private byte[] readStates(int size) {
        int length = size + 3 >> 2;
        if (length > end - at) {
            throw new CorruptTreeException("truncated");
        }
        byte[] state = new byte[size];
        for (int i = 0; i < size; i++) {
            state[i] = (byte) (bytes[at + (i >> 2)] >> 2 * (i & 3) & 3);
        }
        if ((size & 3) != 0 && (bytes[at + length - 1] & 0xFF) >> 2 * (size & 3) != 0) {
            throw new CorruptTreeException("states of nodes that are not there");
        }
        at += length;
        return state;
    }

    private int[] readExtra(int size) {
        int count = readNumber();
        if (count == 0 || count > end - at) {
            throw new CorruptTreeException("an impossible count of second parents");
        }
        int[] extra = new int[2 * count];
        int child = 0;
        for (int i = 0; i < extra.length; i += 2) {
            child += readNumber();
            int distance = readNumber();
            if (child < 0 || child >= size || distance < 1 || distance > child) {
                throw new CorruptTreeException("an impossible second parent");
            }
            extra[i] = child;
            extra[i + 1] = child - distance;
        }
        return extra;
    }
}
