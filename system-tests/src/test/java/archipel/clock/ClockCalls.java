package archipel.clock;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Has a class call {@link ShiftedClock} where it calls the system's clock. Its code stays as it is: a call names an
 * entry of the class's constant pool, and that entry gets another class (Java Virtual Machine Specification, 4.4).
 */
final class ClockCalls {
    private static final String OWN = "archipel/clock/ShiftedClock";
    /** Which method of which class. */
    private static final Map<String, String> CALLS =
            Map.of("currentTimeMillis", "java/lang/System", "currentInstant", "java/time/Clock");

    private static final int POOL = 8;
    private static final int UTF8 = 1;
    private static final int CLASS = 7;
    private static final int METHOD = 10;

    private final ByteBuffer bytes;
    private final int[] entries;
    private final int end;

    private ClockCalls(byte[] file) {
        bytes = ByteBuffer.wrap(file);
        entries = new int[Short.toUnsignedInt(bytes.getShort(POOL))];
        int at = POOL + 2;
        for (int i = 1; i < entries.length; i++) {
            entries[i] = at;
            int tag = bytes.get(at);
            at += switch (tag) {
                case UTF8 -> 3 + Short.toUnsignedInt(bytes.getShort(at + 1));
                case 3, 4, 9, METHOD, 11, 12, 17, 18 -> 5;
                case 5, 6 -> 9;
                case CLASS, 8, 16, 19, 20 -> 3;
                case 15 -> 4;
                default -> throw new IllegalArgumentException("a constant of kind " + tag);
            };
            // A long and a double take two places.
            i += tag == 5 || tag == 6 ? 1 : 0;
        }
        end = at;
    }

    /** Null where the class does not ask for the time. */
    static byte @Nullable [] redirect(byte[] file) {
        return new ClockCalls(file.clone()).redirect();
    }

    private byte @Nullable [] redirect() {
        boolean any = false;
        int added = entries.length;
        for (int i = 1; i < entries.length; i++) {
            if (entries[i] != 0 && bytes.get(entries[i]) == METHOD && asksForTime(entries[i])) {
                bytes.putShort(entries[i] + 1, (short) (added + 1));
                any = true;
            }
        }
        return any ? withOwn(added) : null;
    }

    private boolean asksForTime(int method) {
        String owner = text(entries[index(entries[index(method + 1)] + 1)]);
        String name = text(entries[index(entries[index(method + 3)] + 1)]);
        return owner.equals(CALLS.get(name));
    }

    private int index(int at) {
        return Short.toUnsignedInt(bytes.getShort(at));
    }

    private String text(int entry) {
        try {
            return new DataInputStream(
                            new ByteArrayInputStream(bytes.array(), entry + 1, bytes.array().length - entry - 1))
                    .readUTF();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private byte[] withOwn(int added) {
        try {
            ByteArrayOutputStream made = new ByteArrayOutputStream();
            DataOutputStream out = new DataOutputStream(made);
            bytes.putShort(POOL, (short) (added + 2));
            out.write(bytes.array(), 0, end);
            out.writeByte(UTF8);
            out.writeShort(OWN.length());
            out.write(OWN.getBytes(StandardCharsets.US_ASCII));
            out.writeByte(CLASS);
            out.writeShort(added);
            out.write(Arrays.copyOfRange(bytes.array(), end, bytes.array().length));
            return made.toByteArray();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
