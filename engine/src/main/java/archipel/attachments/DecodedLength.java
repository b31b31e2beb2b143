package archipel.attachments;

import java.util.Objects;
import java.util.zip.CRC32;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;
import org.jspecify.annotations.Nullable;

/**
 * Follows encoded content as it passes: how long it is once decoded, and whether it can be decoded at all.
 *
 * <p>Gzip as RFC 1952 has it: one member after another, each with its header, whose optional fields are skipped, its
 * deflated content, and the checksum and length of that content. Zeros may follow the last member, as tapes leave them
 * and gzip ignores them; anything else makes the whole unusable, since readers differ in what they make of it.
 */
public final class DecodedLength implements AutoCloseable {
    private static final int HEADER_BYTES = 10;
    private static final int TRAILER_BYTES = 8;
    private static final int HEADER_CHECK = 2;
    private static final int EXTRA = 4;
    private static final int NAME = 8;
    private static final int COMMENT = 16;
    private static final int RESERVED = 0xE0;

    /** What the next byte belongs to. */
    private enum Part {
        HEADER,
        EXTRA_LENGTH,
        EXTRA,
        NAME,
        COMMENT,
        HEADER_CHECK,
        CONTENT,
        TRAILER,
        PADDING,
        BROKEN
    }

    private final @Nullable Inflater inflater;
    private final byte[] sink = new byte[8 << 10];
    private final CRC32 checksum = new CRC32();
    private Part part = Part.HEADER;
    /** Bytes of the part that have passed. */
    private int count;

    private int flags;
    private int extraLength;
    private long trailer;
    private boolean memberSeen;
    private long decoded;

    private DecodedLength(@Nullable Inflater inflater) {
        this.inflater = inflater;
    }

    public static DecodedLength of(@Nullable String encoding) {
        return new DecodedLength("gzip".equals(encoding) ? new Inflater(true) : null);
    }

    public void update(byte[] bytes) {
        if (inflater == null) {
            return;
        }
        int at = 0;
        while (at < bytes.length && part != Part.BROKEN) {
            if (part == Part.CONTENT) {
                at = inflate(inflater, bytes, at);
            } else {
                accept(bytes[at++] & 0xFF);
            }
        }
    }

    /** Whether all that has passed is what its encoding says, to its end. */
    public boolean isWhole() {
        return inflater == null || memberSeen && (part == Part.PADDING || part == Part.HEADER && count == 0);
    }

    /** The decoded length; the stored one where the content is not what its encoding says. */
    public long length(long stored) {
        return inflater != null && isWhole() ? decoded : stored;
    }

    private void accept(int value) {
        switch (part) {
            case HEADER -> header(value);
            case EXTRA_LENGTH -> {
                extraLength |= value << 8 * count++;
                if (count == 2) {
                    enter(extraLength == 0 ? afterExtra() : Part.EXTRA);
                }
            }
            case EXTRA -> {
                if (++count == extraLength) {
                    enter(afterExtra());
                }
            }
            case NAME -> {
                if (value == 0) {
                    enter(afterName());
                }
            }
            case COMMENT -> {
                if (value == 0) {
                    enter(afterComment());
                }
            }
            case HEADER_CHECK -> {
                if (++count == 2) {
                    enter(Part.CONTENT);
                }
            }
            case TRAILER -> {
                trailer |= (long) value << 8 * count++;
                if (count == TRAILER_BYTES) {
                    endMember();
                }
            }
            case PADDING -> part = value == 0 ? Part.PADDING : Part.BROKEN;
            case CONTENT, BROKEN -> throw new IllegalStateException(part.name());
        }
    }

    private void header(int value) {
        if (count == 0 && value == 0 && memberSeen) {
            enter(Part.PADDING);
            return;
        }
        boolean valid = switch (count) {
            case 0 -> value == 0x1f;
            case 1 -> value == 0x8b;
            case 2 -> value == 8;
            case 3 -> (value & RESERVED) == 0;
            default -> true;
        };
        if (count == 3) {
            flags = value;
            extraLength = 0;
        }
        if (!valid) {
            enter(Part.BROKEN);
        } else if (++count == HEADER_BYTES) {
            enter((flags & EXTRA) != 0 ? Part.EXTRA_LENGTH : afterExtra());
        }
    }

    private Part afterExtra() {
        return (flags & NAME) != 0 ? Part.NAME : afterName();
    }

    private Part afterName() {
        return (flags & COMMENT) != 0 ? Part.COMMENT : afterComment();
    }

    private Part afterComment() {
        return (flags & HEADER_CHECK) != 0 ? Part.HEADER_CHECK : Part.CONTENT;
    }

    private void enter(Part next) {
        part = next;
        count = 0;
        trailer = 0;
    }

    /** Decodes from {@code from} on; says how far the content goes. */
    private int inflate(Inflater inflating, byte[] bytes, int from) {
        inflating.setInput(bytes, from, bytes.length - from);
        try {
            int size;
            // A full sink may be followed by more, even when all input is taken.
            do {
                size = inflating.inflate(sink);
                if (size == 0 && inflating.needsDictionary()) {
                    enter(Part.BROKEN);
                    return bytes.length;
                }
                checksum.update(sink, 0, size);
            } while (!inflating.finished() && (size == sink.length || !inflating.needsInput()));
        } catch (DataFormatException e) {
            enter(Part.BROKEN);
            return bytes.length;
        }
        int end = bytes.length - inflating.getRemaining();
        if (inflating.finished()) {
            enter(Part.TRAILER);
        }
        return end;
    }

    private void endMember() {
        Inflater ended = Objects.requireNonNull(inflater);
        long length = ended.getBytesWritten();
        boolean intact = (trailer & 0xFFFFFFFFL) == checksum.getValue() && trailer >>> 32 == (length & 0xFFFFFFFFL);
        decoded += length;
        memberSeen = true;
        ended.reset();
        checksum.reset();
        enter(intact ? Part.HEADER : Part.BROKEN);
    }

    @Override
    public void close() {
        if (inflater != null) {
            inflater.end();
        }
    }
}
